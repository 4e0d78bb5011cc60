# SPDX-License-Identifier: Apache-2.0
"""A recording (recording.py) as a moving picture: SVG with a style sheet and nothing else, whose text is
text. Each row stands in it once, in order; what it showed before lies over it as long as it did.

Two things move: the whole text goes up when the terminal is full, and a cover goes down over it, under
which is what was not shown yet. A cover over a typed row goes to the right.
"""
import html
import re

PROMPT = '$ '
WIDTH, HEIGHT, BASE, EDGE = 7.25, 17, 12.5, 14  # of a sign, of a row, of its line in it, around all
# How long it takes that a row comes, a sign is typed, somebody thinks, and a row's state is seen; and
# how long rows are left to be read, and the end.
ROW_S, TYPED_S, THINK_S, STATE_S, STATES_MOST = .08, .05, .5, .45, 8
READ_S, READ_ROW_S, READ_MOST_S, END_S = 2, .12, 6, 4
STYLE = '''text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;fill:#d0d7de;
white-space:pre}
.typed{fill:#fff;font-weight:bold}
.ground{fill:#0d1117}
.edge{fill:#0d1117;stroke:#57606a}
.film,.cover{animation-timing-function:step-end}
.film,.cover,.typing,.state{animation-iteration-count:infinite}
.state{visibility:hidden;animation-timing-function:step-end}
.typing{visibility:hidden}
'''
STILL = '@media (prefers-reduced-motion:reduce){.film,.cover,.typing,.state{animation:none}}\n'


class State:
    """What a row showed from begin to end. at(seconds): where that is in the whole, as text."""

    def __init__(self, number, text, begin):
        self.top, self.text, self.begin, self.end = number * HEIGHT, text, begin, begin + STATE_S

    def frames(self, at):
        return (f'0%{{visibility:hidden}}{at(self.begin)}{{visibility:visible}}'
                f'{at(self.end)}{{visibility:hidden}}')

    def svg(self, name, width):
        return (f'<g id="{name}" class="state" aria-hidden="true"><rect class="ground" y="{self.top}" '
                f'width="{width:g}" height="{HEIGHT}"/>{text_at(self.top, self.text)}</g>\n')


class Typing:
    """What is typed is seen from shown on, sign by sign from begin to end."""

    def __init__(self, number, row, shown):
        self.top, self.column, self.signs = number * HEIGHT, row.typed, len(row.text) - row.typed
        answers = row.typed > len(PROMPT)  # a question, which a person thinks about
        self.shown, self.begin = shown, shown + (READ_S if answers else THINK_S)
        self.end = self.begin + TYPED_S * self.signs * (3 if answers else 1)

    def frames(self, at):
        gone = f'{{visibility:hidden;transform:translateX({self.signs * WIDTH:g}px)}}'
        return ('0%{visibility:hidden;transform:translateX(0)}'
                f'{at(self.shown)}{{visibility:visible;transform:translateX(0)}}'
                f'{at(self.begin)}{{visibility:visible;transform:translateX(0);'
                f'animation-timing-function:steps({self.signs})}}{at(self.end)}{gone}100%{gone}')

    def svg(self, name, width):
        return (f'<rect id="{name}" class="typing ground" x="{self.column * WIDTH:g}" y="{self.top}" '
                f'width="{width:g}" height="{HEIGHT}"/>\n')


class Film:
    """When what is seen: film and cover are [(seconds, by how much it is moved)], over is what lies over
    rows for a time."""

    def __init__(self, rows, high):
        self.now, self.film, self.cover, self.over = 0.0, [(0, 0)], [(0, 0)], []
        read = 0  # rows since a person typed
        for number, row in enumerate(rows):
            if row.typed is not None and read:
                self.now += min(READ_S + READ_ROW_S * read, READ_MOST_S)
            read = 0 if row.typed is not None else read + 1
            self.cover.append((self.now, (number + 1) * HEIGHT))
            if number >= high:
                self.film.append((self.now, -(number + 1 - high) * HEIGHT))
            self.show(number, row)
        self.now += END_S

    def show(self, number, row):
        for text in sample([text for text in row.before if text], STATES_MOST):
            self.over.append(State(number, text, self.now))
            self.now = self.over[-1].end
        if row.typed is None:
            self.now += ROW_S
        else:
            self.over.append(Typing(number, row, self.now))
            self.now = self.over[-1].end + THINK_S

    def at(self, seconds):
        return f'{100 * seconds / self.now:.2f}%'

    def steps(self, name, moves):
        """Those of one moment are one."""
        kept = {self.at(when): where for when, where in moves}
        return f'@keyframes {name}{{' + ''.join(
            f'{when}{{transform:translateY({where}px)}}' for when, where in kept.items()) + '}\n'

    def style(self):
        out = STYLE + f'.film,.cover,.typing,.state{{animation-duration:{self.now:.1f}s}}\n'
        for name, moves in (('film', self.film), ('cover', self.cover)):  # without motion: the end
            out += f'.{name}{{animation-name:{name};transform:translateY({moves[-1][1]}px)}}\n'
            out += self.steps(name, moves)
        for number, over in enumerate(self.over):
            out += f'#o{number}{{animation-name:o{number}}}\n'
            out += f'@keyframes o{number}{{{over.frames(self.at)}}}\n'
        return out + STILL


def sample(items, most):
    """First and last, and as many between."""
    if len(items) <= most:
        return items
    return [items[i * (len(items) - 1) // (most - 1)] for i in range(most)]


def text_at(top, text, typed='', attributes=''):
    inner = html.escape(text, quote=False)
    inner += f'<tspan class="typed">{html.escape(typed, quote=False)}</tspan>' if typed else ''
    return (f'<text x="0" y="{top + BASE:g}"{attributes} textLength="{len(text + typed) * WIDTH:g}" '
            f'lengthAdjust="spacingAndGlyphs">{inner}</text>')


def row_at(top, row):
    if not row.text:
        return ''
    column = len(row.text) if row.typed is None else row.typed
    more = ' class="more"' if row.begun else ''
    return text_at(top, row.text[:column], row.text[column:], more) + '\n'


def draw(rows, columns, high, title):
    """rows: of a Screen. high: how many are seen at once."""
    while rows and not rows[-1].text:
        rows = rows[:-1]
    film, width, height = Film(rows, high), columns * WIDTH, high * HEIGHT
    wide, tall = width + 2 * EDGE, height + 2 * EDGE
    shown = ''.join(row_at(number * HEIGHT, row) for number, row in enumerate(rows))
    over = ''.join(one.svg(f'o{number}', width) for number, one in enumerate(film.over))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" role="img" width="{wide:g}" '
        f'height="{tall:g}" viewBox="0 0 {wide:g} {tall:g}">\n'
        f'<title>{html.escape(title)}</title>\n<style>\n{film.style()}</style>\n'
        f'<rect class="edge" x=".5" y=".5" width="{wide - 1:g}" height="{tall - 1:g}" rx="6"/>\n'
        f'<svg x="{EDGE}" y="{EDGE}" width="{width:g}" height="{height:g}"><g class="film">\n'
        f'{shown}{over}<rect class="cover ground" width="{width:g}" '
        f'height="{len(rows) * HEIGHT}"/>\n</g></svg>\n</svg>\n')


def lines(svg):
    """What the picture shows, as the command wrote it, without empty lines."""
    out = []
    rows = svg.partition('<g class="film">')[2].partition('<rect')[0].partition('<g id')[0]
    for attributes, text in re.findall(r'<text ([^>]*)>(.*?)</text>', rows):
        text = html.unescape(re.sub(r'</?tspan[^>]*>', '', text))
        if 'class="more"' in attributes:
            out[-1] += text
        else:
            out.append(text)
    return out
