/** Exact sums and means of decimals. */

/** `digits × 10^-scale`. */
interface Decimal {
  readonly digits: bigint
  readonly scale: number
}

const FORM = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,5}))?$/

/** PostgreSQL's numeric has no larger scale, and BigInt would need much memory for it. */
const MAX_SCALE = 20_000

/** Undefined if the text is not a finite decimal. */
function read(text: string): Decimal | undefined {
  const [, sign, whole, fraction = '', exponent = '0'] = FORM.exec(text) ?? []
  if (whole === undefined) return undefined
  const scale = fraction.length - Number(exponent)
  const digits = BigInt(`${sign === '-' ? '-' : ''}${whole}${fraction}`)
  if (Math.abs(scale) > MAX_SCALE) return undefined
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 }
}

/** Digits of a mean after the point, in addition to those of the sum. */
const MEAN_DIGITS = 16

/** Adds numbers exactly. NaN and infinities make the sum NaN or infinite, as in PostgreSQL. */
export class Sum {
  #total: Decimal = { digits: 0n, scale: 0 }
  #special: number | undefined
  #count = 0

  /** @returns whether the value is a number */
  add(value: unknown): boolean {
    // Other types contain no number, and String() does not work for raw numbers.
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') {
      return false
    }
    const decimal = read(String(value))
    if (decimal !== undefined) this.#total = plus(this.#total, decimal)
    else if (/^(?:NaN|-?Infinity)$/.test(String(value))) {
      this.#special = (this.#special ?? 0) + Number(value)
    } else return false
    this.#count++
    return true
  }

  /** The sum as plain decimal text; null if nothing was added. */
  total(): string | null {
    if (this.#count === 0) return null
    return this.#special === undefined ? text(this.#total) : String(this.#special)
  }

  /** The mean, rounded half away from zero; null if nothing was added. */
  mean(): string | null {
    if (this.#count === 0) return null
    if (this.#special !== undefined) return String(this.#special)
    const { digits, scale } = this.#total
    const scaled = digits * 10n ** BigInt(MEAN_DIGITS)
    const count = BigInt(this.#count)
    const half = scaled < 0n ? -count : count
    const rounded = (2n * scaled + half) / (2n * count)
    return withoutZeros(text({ digits: rounded, scale: scale + MEAN_DIGITS }))
  }
}

function plus(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale)
  return { digits: digitsAt(a, scale) + digitsAt(b, scale), scale }
}

function digitsAt({ digits, scale }: Decimal, wanted: number): bigint {
  return scale === wanted ? digits : digits * 10n ** BigInt(wanted - scale)
}

function text({ digits, scale }: Decimal): string {
  const sign = digits < 0n ? '-' : ''
  const plain = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0')
  const point = plain.length - scale
  return scale === 0 ? sign + plain : `${sign}${plain.slice(0, point)}.${plain.slice(point)}`
}

function withoutZeros(plain: string): string {
  return plain.includes('.') ? plain.replace(/(?<!0)0+$/, '').replace(/\.$/, '') : plain
}
