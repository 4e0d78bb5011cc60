# SPDX-License-Identifier: Apache-2.0
"""What the self-tests share: planted files and TAP."""
import os


def write_tree(folder, files):
    for path, text in files.items():
        full = os.path.join(folder, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, 'w', encoding='utf-8') as file:
            file.write(text)


class Tap:
    def __init__(self, count):
        self.number = 0
        print(f'1..{count}')

    def result(self, good, name, found):
        self.number += 1
        print(f'{"ok" if good else "not ok"} {self.number} {name}')
        if not good:
            print('\n'.join('# ' + line for line in found or ['nothing was found']))

    def skip(self, name, reason):
        self.number += 1
        print(f'ok {self.number} {name} # SKIP {reason}')
