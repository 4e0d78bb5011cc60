#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Circles: no two modules of lib/ call or include one another in a loop.

A module is a file stem, lib/<layer>/<module>. Edges are calls (an object uses a symbol that
another one defines) and includes. A loop of modules can only be understood and tested as a
whole, so there is none, inside a layer either.
"""
import sys

from house import Violation, includes, ours, parse_house, report


def module_of(path):
    """lib/base/buf.c and lib/base/buf.h are module lib/base/buf."""
    return path.rpartition('.')[0]


def edges_of(house):
    """{module: {module: why}}, why being (path, line, text)."""
    edges = {}

    def add(source, target, why):
        if source != target:
            edges.setdefault(source, {}).setdefault(target, why)
        edges.setdefault(target, {})

    for path in house.files('lib', 'include'):
        for include in includes(house.read(path)):
            if not include.quoted:
                continue
            folder = 'include/' if include.name.startswith('envcrypt/') else 'lib/'
            add(module_of(path), module_of(folder + include.name),
                (path, include.line, f'includes "{include.name}"'))
    homes = {}
    for layer in house.archives:
        for symbol in house.symbols(layer):
            if symbol.kind not in 'Uvw':
                homes[symbol.name] = house.source_of(layer, symbol.object)
    for layer in house.archives:
        for symbol in house.symbols(layer):
            if symbol.kind == 'U' and ours(symbol.name) and symbol.name in homes:
                path = house.source_of(layer, symbol.object)
                add(module_of(path), module_of(homes[symbol.name]),
                    (path, first_line(house, path, symbol.name), f'uses {symbol.name}'))
    return edges


def first_line(house, path, word):
    try:
        lines = house.read(path).splitlines()
    except OSError:
        return 0
    return next((n for n, line in enumerate(lines, 1) if word in line), 0)


def components(edges):
    """Strongly connected components of two or more modules (Tarjan, without recursion)."""
    number, low, stack, on_stack, found = {}, {}, [], set(), []
    for root in sorted(edges):
        if root in number:
            continue
        work = [(root, iter(sorted(edges[root])))]
        number[root] = low[root] = len(number)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, targets = work[-1]
            target = next(targets, None)
            if target is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == number[node]:
                    at = stack.index(node)
                    found.append(stack[at:])
                    on_stack.difference_update(stack[at:])
                    del stack[at:]
            elif target not in number:
                number[target] = low[target] = len(number)
                stack.append(target)
                on_stack.add(target)
                work.append((target, iter(sorted(edges[target]))))
            elif target in on_stack:
                low[node] = min(low[node], number[target])
    return [c for c in found if len(c) > 1]


def circle_gate(house):
    edges = edges_of(house)
    for component in components(edges):
        names = ', '.join(sorted(component))
        for source in component:
            for target, (path, line, text) in edges[source].items():
                if target in component:
                    yield Violation(path, line,
                                    f'{text} of {target}: part of a circle of {names}')


if __name__ == '__main__':
    HOUSE, _ = parse_house(__doc__)
    sys.exit(report(HOUSE, circle_gate))
