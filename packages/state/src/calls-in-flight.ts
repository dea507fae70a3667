/** The calls in flight of all replicas, so that one can cancel a call that another has received. */
export interface CallsInFlight {
  /**
   * Names a call while it is in flight.
   *
   * @param onCancel called once, soon after {@link cancel}
   */
  open(name: string, onCancel: () => void): Promise<AsyncDisposable>
  /** Cancels the calls of this name, in whatever process. */
  cancel(name: string): Promise<void>
}
