/** A large table as people leave it: imported several times, and edited by hand for years. */
import type { Row } from './model.ts'

/** Records of the large table. */
export const PLACES = 100_000

export const PLACE_COLUMNS = [
  { name: 'key', type: 'text' },
  { name: 'Name', type: 'text' },
  { name: 'city', type: 'text' },
  { name: 'post code', type: 'text' },
  { name: 'phone', type: 'text' },
  { name: 'opening hours', type: 'text' },
  { name: 'category', type: 'text' },
  { name: 'revenue (EUR)', type: 'text' },
  { name: 'open', type: 'bool' },
  { name: 'notes', type: 'text' },
  { name: 'tags', type: 'jsonb' },
]

const CITIES = [
  ...[
    'Antwerpen',
    'Gent',
    'Brugge',
    'Leuven',
    'Mechelen',
    'Aalst',
    'Kortrijk',
    'Hasselt',
    'Oostende',
  ],
  ...[
    'Genk',
    'Roeselare',
    'Turnhout',
    'Lier',
    'Charleroi',
    'Liège',
    'Namur',
    'Mons',
    'La Louvière',
  ],
  ...['Tournai', 'Seraing', 'Verviers', 'Mouscron', 'Ottignies', 'Wavre', 'Bruxelles'],
]

const CATEGORIES = ['bakery', 'butcher', 'café', 'frituur', 'pharmacy', 'bookshop', 'florist']

const BRANDS = [
  'Bakkerij De Molen',
  'Café du Sablon',
  'Chez Léon',
  'Frituur Max',
  'Apotheek Peeters',
]

const HOURS = ['Mon-Fri 9:00-18:00', 'ma-vr 9u-18u', 'lun-ven 9h-18h', '9-18', '', null]

/** A whole number from 0 to `size` - 1 that looks random, the same in every run. */
export function pick(n: number, salt: number, size: number): number {
  const mixed = Math.imul(n + 1, 0x9e3779b1) ^ Math.imul(salt + 1, 0x85ebca6b)
  const again = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d)
  return ((again ^ (again >>> 13)) >>> 0) % size
}

export function oneOf<Item>(items: readonly Item[], n: number, salt: number): Item {
  return items[pick(n, salt, items.length)] as Item
}

export function place(n: number): Row {
  const city = oneOf(CITIES, n, 1)
  const brand = oneOf(BRANDS, n, 2)
  return {
    // Every five thousandth record has the key of the one before.
    key: `P${String(n % 5_000 === 4_999 ? n - 1 : n).padStart(6, '0')}`,
    Name: `${brand} ${n}`,
    city: messyCity(city, n),
    'post code': String(pick(n, 4, 9_999)).padStart(4, '0'),
    phone: messyPhone(n),
    'opening hours': oneOf(HOURS, n, 6),
    category: pick(n, 7, 50) === 0 ? null : oneOf(CATEGORIES, n, 8),
    'revenue (EUR)': messyAmount(n),
    open: pick(n, 10, 40) === 0 ? null : pick(n, 11, 25) !== 0,
    notes: note(n),
    tags:
      pick(n, 13, 3) === 0
        ? null
        : { source: oneOf(['import', 'web', 'call'], n, 14), terrace: n % 2 === 0 },
  }
}

function messyCity(city: string, n: number): string | null {
  switch (pick(n, 3, 60)) {
    case 0:
      return `${city} `
    case 1:
      return city.toLowerCase()
    case 2:
      return city.toUpperCase()
    case 3:
      return city.normalize('NFD').replace(/[\u0300-\u036f]/g, '')
    case 4:
      return null
    default:
      return city
  }
}

export function messyPhone(n: number): string | null {
  const number = String(1_000_000 + pick(n, 5, 8_999_999))
  const [a, b, c] = [number.slice(0, 3), number.slice(3, 5), number.slice(5)]
  switch (pick(n, 15, 10)) {
    case 0:
      return null
    case 1:
      return ''
    case 2:
      return `09/${a}.${b}.${c}`
    case 3:
      return `0032 9 ${number}`
    case 4:
      return `(09) ${a} ${b} ${c} `
    default:
      return `+32 9 ${a} ${b} ${c}`
  }
}

/** Amounts as text, with a comma or a point before the cents. */
function messyAmount(n: number): string | null {
  const cents = 100_000 + pick(n, 9, 90_000_000)
  const [euros, rest] = [String(Math.floor(cents / 100)), String(cents % 100).padStart(2, '0')]
  switch (pick(n, 16, 8)) {
    case 0:
      return null
    case 1:
      return 'n/a'
    case 2:
      return `${euros},${rest}`
    case 3:
      return ` ${euros}.${rest}`
    default:
      return `${euros}.${rest}`
  }
}

function note(n: number): string | null {
  if (n % 10_000 === 17) return longText(n, 6_000)
  return pick(n, 12, 20) === 0 ? `Called on ${1 + (n % 28)}/5. Terug gebeld, pas de réponse.` : null
}

const SENTENCES = [
  'De klant vroeg of de winkel op zondag open is.',
  'La cliente demande une facture au nom de sa société.',
  'Leveringen komen binnen via de achterdeur, voor negen uur.',
  'Le parking est fermé pendant les travaux.',
  'Bel eerst: de bel werkt niet.',
]

/** Text of at least this many characters, in two languages. */
export function longText(n: number, length: number): string {
  let text = ''
  for (let at = 0; text.length < length; at++) text += `${at + 1}. ${oneOf(SENTENCES, n + at, 20)} `
  return text.trim()
}
