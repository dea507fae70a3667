/** Whether a `confirm_token` may be the id of a review: ids and tokens have different forms. */
export function isReviewId(token: string | undefined): token is string {
  return token !== undefined && /^[a-z2-9]{8}$/.test(token)
}
