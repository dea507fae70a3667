/** Values that no column of a table keeps exactly. */

/** Why a value is rejected. Holds no value. */
export class ValueError extends Error {
  override readonly name = 'ValueError'
  readonly hint: string

  /** @param reason such as `the value is infinite` */
  constructor(reason: string, hint: string) {
    super(reason)
    this.hint = hint
  }
}
