/** The columns of {@link airport}, as a seed folder of the emulator has them. */
export const AIRPORT_COLUMNS = [
  ...['iata', 'name', 'city'].map((name) => ({ name, type: 'text' })),
  ...['latitude', 'longitude'].map((name) => ({ name, type: 'numeric' })),
]

/** The n-th of any number of different rows, with the columns of the sink's table. */
export function airport(n: number): Record<string, string> {
  return {
    iata: `A${n}`,
    name: `Airport number ${n} of a town with a longer name`,
    city: 'Ghent',
    latitude: '51.05345678',
    longitude: '3.72194444',
  }
}

/** A CSV file with this number of rows, in pieces. */
export function* airportCsv(rows: number): Generator<string> {
  yield `${Object.keys(airport(0)).join(',')}\n`
  for (let n = 0; n < rows; n++) yield `${Object.values(airport(n)).join(',')}\n`
}
