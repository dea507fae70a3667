/** What every store of notes does. */
import { describe, expect, it } from 'vitest'
import type { NoteKind, Notes } from '../src/notes/notes.ts'

/** Of the stores under test. */
export const MAX_NOTES = 20

/** Each keeps at most {@link MAX_NOTES} of one kind and owner. */
export interface NotesStore {
  /** As two processes have them. */
  readonly one: (kind: NoteKind, owner: string) => Notes
  readonly other: (kind: NoteKind, owner: string) => Notes
}

let lastOwner = 0

/** An owner that no other test has. */
function newOwner(): string {
  return `owner ${++lastOwner}`
}

/** @param store called when the first test runs */
export function describeNotes(name: string, store: () => NotesStore): void {
  describe(`notes in ${name}`, () => {
    it('are found by kind, owner and key, in every process', async () => {
      const [owner, stranger] = [newOwner(), newOwner()]
      const text = '{"a":"ä\\u0000 \u{1F600}"}'
      await store().one('pending', owner).put('key', text, 60)
      expect(await store().other('pending', owner).get('key')).toBe(text)
      expect(await store().other('pending', owner).get('Key')).toBeUndefined()
      expect(await store().other('pending', stranger).get('key')).toBeUndefined()
      expect(await store().other('used', owner).get('key')).toBeUndefined()
    })

    it('are replaced by put, and kept by add', async () => {
      const owner = newOwner()
      const [one, other] = [store().one('recent', owner), store().other('recent', owner)]
      expect(await one.add('key', 'first', 60)).toBe(true)
      expect(await other.add('key', 'second', 60)).toBe(false)
      expect(await one.add('key', 'third', 60)).toBe(false)
      expect(await other.get('key')).toBe('first')
      await other.put('key', 'fourth', 60)
      expect(await one.get('key')).toBe('fourth')
    })

    it('are added by one of many at once', async () => {
      const owner = newOwner()
      for (let round = 0; round < 5; round++) {
        const added = await Promise.all(
          Array.from({ length: 12 }, (_, index) => {
            const { one, other } = store()
            return (index % 2 ? one : other)('used', owner).add(`key ${round}`, '', 60)
          }),
        )
        expect(added.filter(Boolean)).toHaveLength(1)
      }
    })

    it('are listed, all or by keys', async () => {
      const owner = newOwner()
      const notes = store().one('cancelled', owner)
      expect(await notes.list()).toEqual([])
      for (const text of ['a', 'b', 'c']) await notes.put(`key ${text}`, text, 60)
      expect((await store().other('cancelled', owner).list()).sort()).toEqual(['a', 'b', 'c'])
      expect((await notes.list(['key c', 'key a', 'key x'])).sort()).toEqual(['a', 'c'])
      expect(await notes.list([])).toEqual([])
    })

    it('are removed, one or all of an owner', async () => {
      const [owner, stranger] = [newOwner(), newOwner()]
      const notes = store().one('recent', owner)
      await store().one('recent', stranger).put('key', 'kept', 60)
      for (const key of ['a', 'b', 'c']) await notes.put(key, key, 60)
      await notes.remove('b')
      await notes.remove('never there')
      expect((await notes.list()).sort()).toEqual(['a', 'c'])
      expect(await notes.add('b', 'again', 60)).toBe(true)
      await notes.clear()
      expect(await notes.list()).toEqual([])
      expect(await store().one('recent', stranger).get('key')).toBe('kept')
    })

    it('expire, and can be added again then', async () => {
      const owner = newOwner()
      const notes = store().one('asked', owner)
      expect(await notes.add('key', 'old', 0.2)).toBe(true)
      expect(await notes.add('key', 'new', 60)).toBe(false)
      await expect.poll(() => notes.get('key')).toBeUndefined()
      expect(await notes.list(['key'])).toEqual([])
      await expect.poll(() => notes.add('key', 'new', 60)).toBe(true)
      expect(await notes.get('key')).toBe('new')
    })

    it('are limited in number: those that expire first are deleted', async () => {
      const [owner, stranger] = [newOwner(), newOwner()]
      const notes = store().one('pending', owner)
      await store().one('pending', stranger).put('key', 'of another', 60)
      const surplus = 3
      for (let index = 0; index < MAX_NOTES + surplus; index++) {
        await notes.put(`key ${index}`, String(index), 100 + index)
      }
      const kept = await notes.list()
      expect(kept).toHaveLength(MAX_NOTES)
      expect(Math.min(...kept.map(Number))).toBe(surplus)
      expect(await store().one('pending', stranger).get('key')).toBe('of another')
    })

    it('are kept for longer than a process lives', async () => {
      const owner = newOwner()
      await store().one('keys', owner).add('key', 'of everybody', Number.POSITIVE_INFINITY)
      expect(await store().other('keys', owner).get('key')).toBe('of everybody')
    })
  })
}
