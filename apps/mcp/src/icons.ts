import type { Icon } from '@modelcontextprotocol/server'

/** A grid as a data URI: clients show it without a request. */
function grid(color: string, mark: string): Icon[] {
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="none" stroke="${color}" stroke-width="1.5">` +
    `<path d="M2 3h12v10H2zM2 6.5h12M6 3v10"/>${mark}</svg>`
  return [
    {
      src: `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`,
      mimeType: 'image/svg+xml',
      sizes: ['any'],
    },
  ]
}

export const SERVER_ICONS = grid('#2563eb', '')
export const READER_ICONS = grid('#16a34a', '')
/** With a dot, because not everyone can distinguish the colours. */
export const WRITER_ICONS = grid('#d97706', '<circle cx="12" cy="11" r="3" fill="#d97706"/>')
