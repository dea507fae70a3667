/** The n-th of as many different rows as a benchmark wants, of the columns of the sink's table. */
export function airport(n: number): Record<string, string> {
  return {
    iata: `A${n}`,
    name: `Airport number ${n} of a town with a longer name`,
    city: 'Ghent',
    latitude: '51.05345678',
    longitude: '3.72194444',
  }
}
