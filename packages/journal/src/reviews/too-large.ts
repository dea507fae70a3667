/** A write of more rows than a review can hold. Nothing is stored. */
export class ReviewTooLargeError extends Error {
  readonly bytes: number

  constructor(bytes: number, max: number) {
    super(`the changes take ${megabytes(bytes)} MB; a review holds at most ${megabytes(max)} MB`)
    this.name = 'ReviewTooLargeError'
    this.bytes = bytes
  }
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1_000_000)
}
