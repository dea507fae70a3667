/** Values before and after a change, with what differs marked. */
import type { Cell } from '../../protocol/cells.ts'
import { cellBlock, cellNode, visibleNode } from '../kit/cell-text.ts'
import { h } from '../kit/element.ts'
import { excerpt, sameShare, type TextPart, textDifference } from './rules/text-difference.ts'

/** Below this share of common text, marking words would mark nearly everything. */
const MIN_SAME_SHARE = 0.25
const EXCERPT_CONTEXT = 24

export interface Sides {
  readonly before: Node | undefined
  readonly after: Node | undefined
}

/** Both values of an update of a cell. `isWhole`: long texts are shown whole, not as an excerpt. */
export function changedSides(before: Cell, after: Cell, isWhole: boolean): Sides {
  if (typeof before !== 'string' || typeof after !== 'string' || before === '' || after === '')
    return {
      before: removedNode(valueNode(before, isWhole)),
      after: addedNode(valueNode(after, isWhole)),
    }
  const parts = textDifference(before, after)
  if (sameShare(parts) < MIN_SAME_SHARE)
    return {
      before: removedNode(valueNode(before, isWhole)),
      after: addedNode(valueNode(after, isWhole)),
    }
  const shown = isWhole ? parts : excerpt(parts, EXCERPT_CONTEXT)
  return {
    before: removedNode(...partNodes(shown, 'removed', isWhole)),
    after: addedNode(...partNodes(shown, 'added', isWhole)),
  }
}

/** A value that an insert brings. */
export function addedNode(...children: Node[]): Node {
  return h('ins', { className: 'side after' }, ...children)
}

/** A value that a delete takes away. */
export function removedNode(...children: Node[]): Node {
  return h('del', { className: 'side before' }, ...children)
}

export function plainNode(cell: Cell, isWhole: boolean): Node {
  return h('span', { className: 'side' }, valueNode(cell, isWhole))
}

export function valueNode(cell: Cell, isWhole: boolean): Node {
  return isWhole ? cellBlock(cell) : cellNode(cell)
}

function partNodes(
  parts: readonly TextPart[],
  kind: 'removed' | 'added',
  isWhole: boolean,
): Node[] {
  return parts
    .filter((part) => part.kind === 'same' || part.kind === kind)
    .map((part) => {
      const text = visibleNode(part.text, isWhole ? '\n' : '')
      return part.kind === 'same' ? text : h('mark', {}, text)
    })
}
