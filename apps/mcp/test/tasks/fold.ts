/** The rule of the SQL function `fold`, for the letters that the tables have. */
export function foldText(text: string): string {
  const bare = text.normalize('NFD').replace(/[\u0300-\u036f]/g, '')
  return bare.toLowerCase().trim()
}
