import { openDialog } from '../kit/dialog.ts'
import { h } from '../kit/element.ts'

const KEYS: readonly (readonly [keys: readonly string[], text: string])[] = [
  [['j', '↓'], 'next record'],
  [['k', '↑'], 'previous record'],
  [['Page Down', 'Page Up'], 'a page further or back'],
  [['Home', 'End'], 'first or last record'],
  [['Enter'], 'show the whole record'],
  [['Space'], 'tick or untick the record'],
  [['/'], 'search'],
  [['?'], 'show these keys'],
]

export function openHelp(): void {
  openDialog(
    'Keys',
    h(
      'dl',
      { className: 'key-list' },
      ...KEYS.map(([keys, text]) =>
        h('div', {}, h('dt', {}, ...keys.map((key) => h('kbd', {}, key))), h('dd', {}, text)),
      ),
    ),
  )
}
