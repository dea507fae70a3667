/** The bot of the tasks: tables that refer to each other, in the state that people leave them. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import type { Model, Row } from './model.ts'
import { longText, messyPhone, oneOf, PLACE_COLUMNS, PLACES, pick, place } from './places.ts'

const TEXT = (...names: readonly string[]) => names.map((name) => ({ name, type: 'text' }))

interface Table {
  readonly name: string
  readonly description?: string
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly draft: readonly Row[]
  readonly live?: readonly Row[]
}

const repeat = (length: number, make: (n: number) => Row): Row[] =>
  Array.from({ length }, (_, n) => make(n))

const GROUPS = ['bread', 'pastry', 'coffee', 'tea', 'gifts']

/** Stock is text, as it was typed; a twelfth has no French name. */
function product(n: number): Row {
  const group = oneOf(GROUPS, n, 31)
  const isTrimmed = n % 14 !== 3
  const blank = [null, '', '  '][n % 3]
  return {
    sku: `SKU-${1_000 + n}`,
    name_nl: `${isTrimmed ? '' : ' '}Product ${n}${isTrimmed ? '' : '  '}`,
    name_fr: n % 12 === 5 ? blank : `Produit ${n}`,
    category: group,
    price: n % 20 === 9 ? null : `${2 + pick(n, 32, 90)}.${pick(n, 33, 10)}0`,
    stock: ['12', ' 7', 'n/a', null, '3 stuks', '0'][pick(n, 34, 6)] ?? null,
    description: n % 9 === 4 ? `Zie http://old.example.be/p/${n} voor meer.` : `Beschrijving ${n}`,
    active: n % 15 !== 6,
  }
}

const products = repeat(420, product)

/** Twelve are not published, thirteen have changed since, and two were deleted in DRAFT. */
const published = [
  ...products
    .filter((_, n) => n % 35 !== 34)
    .map((row, n) => (n % 32 === 7 ? { ...row, price: '1.00', name_fr: 'Ancien nom' } : row)),
  { sku: 'SKU-0001', name_nl: 'Oud product', active: false },
  { sku: 'SKU-0002', name_nl: 'Nog ouder product', active: false },
]

function store(n: number): Row {
  return {
    'store id': `S${String(n).padStart(3, '0')}`,
    name: `Winkel ${n}`,
    city: oneOf(['Gent', 'Brugge', 'Liège', 'Namur'], n, 41),
    phone: messyPhone(n + 500),
    services: {
      parking: n % 4 === 0,
      wheelchair: n % 3 === 0,
      languages: n % 2 === 0 ? ['nl'] : ['nl', 'fr'],
    },
  }
}

const WEEK = ['mon', 'tue', 'wed', 'thu', 'fri']

/** Opening hours, one record per store and day, in four notations. */
function hours(n: number): Row {
  const [from, till] = [7 + pick(n, 51, 4), 16 + pick(n, 52, 5)]
  const time = (hour: number) =>
    [`${hour}u00`, `${hour}:00`, `${String(hour).padStart(2, '0')}:00`, `${hour}h`][
      pick(n, 53, 4)
    ] ?? ''
  return {
    store: `S${String(Math.floor(n / 5)).padStart(3, '0')}`,
    day: WEEK[n % 5] ?? '',
    from: time(from),
    till: time(till),
  }
}

function orderLine(n: number): Row {
  const day = 1 + pick(n, 61, 30)
  return {
    'order no.': `2026/${String(n).padStart(5, '0')}`,
    // A few refer to a place that does not exist.
    'place key':
      n % 97 === 5
        ? `P9${String(n).padStart(5, '0')}`
        : `P${String(pick(n, 62, 300)).padStart(6, '0')}`,
    sku: `SKU-${1_000 + pick(n, 63, 420)}`,
    qty: 1 + pick(n, 64, 9),
    amount: n % 18 === 7 ? null : `${5 + pick(n, 65, 200)}.50`,
    'ordered at': `2026-09-${String(day).padStart(2, '0')}T${String(8 + pick(n, 66, 12)).padStart(2, '0')}:15:00Z`,
    status: oneOf(['paid', 'PAID', 'open', 'cancelled'], n, 67),
  }
}

/** Every tenth lead is one before it, typed again in another way. */
function lead(n: number): Row {
  const of = n % 10 === 9 ? n - 4 : n
  const name = `${oneOf(['Zoë', 'Jürgen', 'Amélie', 'Bart', 'Ines'], of, 71)} ${oneOf(['Peeters', 'Dubois', 'Janssens', 'Müller'], of, 72)}`
  const email = `${fold(name).replace(' ', '.')}${of}@example.be`
  const isAgain = of !== n
  return {
    'e-mail': isAgain ? ` ${email.toUpperCase()}` : email,
    'Full name': isAgain ? fold(name) : name,
    phone: isAgain ? null : messyPhone(n + 900),
    company: n % 3 === 0 ? null : oneOf(['ACME', 'Acme nv', 'Globex', 'Initech'], of, 73),
    lang: oneOf(['nl', 'fr', 'NL', null], of, 74),
    'asked at': `2026-${String(1 + (n % 9)).padStart(2, '0')}-1${n % 10}T10:00:00Z`,
    message: n % 25 === 3 ? longText(n, 2_000) : `Kan u mij terugbellen over offerte ${of}?`,
  }
}

function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
}

function answer(n: number): Row {
  const hasFrench = n % 11 !== 4
  return {
    id_text: `faq-${n}`,
    question_nl: `Vraag ${n}?`,
    question_fr: hasFrench ? `Question ${n} ?` : [null, '', ' '][n % 3],
    answer_nl: n % 30 === 12 ? longText(n, 5_000) : `Antwoord ${n}.`,
    answer_fr: hasFrench ? `Réponse ${n}.` : null,
  }
}

const PLACE_NAMES = PLACE_COLUMNS.map(({ name }) => name)

const TABLES: readonly Table[] = [
  {
    name: 'places',
    description: 'Every place that sells our products',
    columns: PLACE_COLUMNS,
    draft: [],
  },
  {
    name: 'closed_places',
    columns: PLACE_COLUMNS.filter(({ name }) => PLACE_NAMES.slice(0, 7).includes(name)),
    draft: [],
  },
  {
    name: 'products',
    description: 'Assortment, in Dutch and French',
    columns: [
      ...TEXT('sku', 'name_nl', 'name_fr', 'category'),
      { name: 'price', type: 'numeric' },
      ...TEXT('stock', 'description'),
      { name: 'active', type: 'bool' },
    ],
    draft: products,
    live: published,
  },
  {
    name: 'stores',
    description: 'Our own stores',
    columns: [...TEXT('store id', 'name', 'city', 'phone'), { name: 'services', type: 'jsonb' }],
    draft: [],
    live: repeat(340, store),
  },
  {
    name: 'hours',
    description: 'Opening hours of our stores',
    columns: TEXT('store', 'day', 'from', 'till'),
    draft: repeat(200, hours),
  },
  {
    name: 'order lines',
    columns: [
      ...TEXT('order no.', 'place key', 'sku'),
      { name: 'qty', type: 'int' },
      { name: 'amount', type: 'numeric' },
      { name: 'ordered at', type: 'timestamp' },
      { name: 'status', type: 'text' },
    ],
    draft: repeat(900, orderLine),
  },
  {
    name: 'leads',
    columns: [
      ...TEXT('e-mail', 'Full name', 'phone', 'company', 'lang'),
      { name: 'asked at', type: 'timestamp' },
      { name: 'message', type: 'text' },
    ],
    draft: repeat(250, lead),
  },
  {
    name: 'faq',
    columns: TEXT('id_text', 'question_nl', 'question_fr', 'answer_nl', 'answer_fr'),
    draft: repeat(90, answer),
    live: repeat(90, answer),
  },
]

/** The records of a table in DRAFT before the first task. */
export function seededRows(name: string): Row[] {
  return copyOf(TABLES.find((table) => table.name === name)?.draft ?? [])
}

export interface Bot {
  readonly emulator: Emulator
  readonly model: Model
}

/** Records written at once, at one instant; the next ones follow an hour later. */
const CHUNK = 1_000
const HOUR_MS = 3_600_000

/** Starts an emulator with the bot's tables. The large table has grown over days. */
export async function startBot(): Promise<Bot> {
  let past: number | undefined = Date.UTC(2026, 4, 1)
  const clock = () => new Date(past ?? Date.now())
  const emulator = await startEmulator({
    dialect: { timestampFilter: 'camel', maxSelectLimit: 5_000 },
    clock,
    tables: TABLES.map(({ name, description, columns, draft }) => ({
      ...{ name, description, columns, records: draft },
    })),
  })
  for (const { name, live = [] } of TABLES) emulator.tables.insert(name, live, 'LIVE')
  const places = repeat(PLACES, place)
  for (let from = 0; from < places.length; from += CHUNK) {
    past += HOUR_MS
    emulator.tables.insert('places', places.slice(from, from + CHUNK))
  }
  past = undefined
  const model: Model = new Map(
    TABLES.flatMap(({ name, draft, live = [] }) => [
      [`${name}@draft`, name === 'places' ? places : copyOf(draft)],
      [`${name}@live`, copyOf(live)],
    ]),
  )
  return { emulator, model }
}

function copyOf(rows: readonly Row[]): Row[] {
  return rows.map((row) => ({ ...row }))
}

/** New products of a supplier, and better names of known ones. */
export const SUPPLIED: readonly Row[] = repeat(20, (n) => ({
  sku: `SKU-${1_410 + n}`,
  name_nl: `Nieuw ${n}`,
  name_fr: `Nouveau ${n}`,
  price: `${3 + n}.50`,
}))

/** Lines of the file whose price is not a number. */
export const UNPRICED: readonly number[] = [3, 15]

/** Writes the files that tasks import. */
export function writeFiles(folder: string): void {
  const lines = SUPPLIED.map(({ sku, name_nl, name_fr, price }, n) =>
    [sku, name_nl, name_fr, UNPRICED.includes(n) ? 'op aanvraag' : price].join(';'),
  )
  const text = ['sku;name_nl;name_fr;price', ...lines, ''].join('\n')
  writeFileSync(join(folder, 'nieuwe producten.csv'), text)
}
