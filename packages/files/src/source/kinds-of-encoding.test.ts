/** Files in the encodings that are met, as an independent library writes them. */
import iconv from 'iconv-lite'
import { describe, expect, it } from 'vitest'
import { readAll, rejectionOf } from '../../test/reading.ts'

/** Tables of Western Europe, in the words that their languages have. */
const WESTERN: Readonly<Record<string, string>> = {
  Dutch: 'name,city\nZoë,België\nCafé de Flore,Brussel\nReünie,Financiën\n',
  German: 'name;stadt\nMüller;Köln\nGroß;München\nGrüße;Füße\nJäger;Düsseldorf\n„Bärtatze“;Ärzte\n',
  French:
    'nom,ville\nHélène,Orléans\nGarçon,Sète\nsœur,Nîmes\nl’été à l’île,«théâtre»\nÉLÈVE,BRÛLÉE\n',
  Spanish: 'nombre,ciudad\nMuñoz,Málaga\nNúñez,León\n¿Qué?,Cádiz\nIñés,1º piso\n',
  Portuguese: 'nome,cidade\nJoão,São Paulo\nConceição,Brasília\nmaçã,ações\nirmãs,mãe\n',
  Italian: 'nome,città\nperò,così\ncaffè,più\ncioè,perché\n',
  Catalan: 'nom,ciutat\nLluís,Barça\nquè,història\n',
  Danish: 'navn,by\nSørensen,Århus\nsmørre\u00adbrød,Ærø\n',
  Finnish: 'nimi,kunta\nHämeenlinna,Jyväskylä\nÄänekoski,Seinäjoki\n',
  'one word': 'name,city\nZoë,Ghent\n',
  signs: 'name,price\n“nieuw” – 20 °C,€ 12\n3 m² ½,£ 5\n5 µm,© 2020\n',
}

/** Tables in other encodings, most of them as short as they come. */
const OTHERS: readonly (readonly [encoding: string, text: string, label?: string | undefined])[] = [
  ['shift_jis', '名前,都市\n山田太郎,東京\n鈴木花子,大阪\n'],
  ['shift_jis', 'name,city\nヤマダ,トウキョウ\n'],
  ['euc-jp', '名前,都市\n山田太郎,東京\n鈴木花子,大阪\n'],
  ['gbk', '姓名,城市\n张伟,北京\n王芳,上海\n'],
  ['big5', '姓名,城市\n張偉,台北\n王芳,高雄\n'],
  ['euc-kr', '이름,도시\n김철수,서울\n이영희,부산\n'],
  ['windows-1251', 'имя,город\nИван,Москва\nМария,Санкт-Петербург\n'],
  ['windows-1251', 'name,city\nИван,Moscow\n'],
  ['koi8-r', 'имя,город\nИван,Москва\nМария,Санкт-Петербург\n'],
  ['cp866', 'имя,город\nИван,Москва\n', 'ibm866'],
  ['windows-1250', 'imię,miasto\nŁukasz,Łódź\nŻaneta,Gdańsk\nMałgorzata,Kraków\n'],
  ['windows-1250', 'jméno,město\nJiří,Plzeň\nŘehoř,Třebíč\nŽofie,Děčín\n'],
  ['windows-1250', 'név,város\nŐrsi,Győr\nTűzoltó,Pécs\n'],
  ['windows-1250', 'ime,grad\nKovačić,Šibenik\nBabić,Čakovec\n'],
  ['windows-1250', 'nume,oraș\nIonuţ,Braşov\nBrăila,Iaşi\n'.replace('ș', 'ş')],
  ['iso-8859-2', 'imię,miasto\nŁukasz,Łódź\nŻaneta,Gdańsk\n'],
  ['windows-1254', 'ad,şehir\nŞükrü,İzmir\nAyşe,Muğla\nIşık,Eskişehir\n'],
  ['windows-1257', 'vardas,miestas\nJūratė,Šiauliai\nŽydrūnas,Panevėžys\n'],
  ['windows-1253', 'όνομα,πόλη\nΜαρία,Αθήνα\n'],
  ['windows-1255', 'שם,עיר\nדוד,ירושלים\n'],
  ['windows-1256', 'اسم,مدينة\nمحمد,القاهرة\n'],
  ['windows-874', 'ชื่อ,เมือง\nสมชาย,กรุงเทพ\n'],
  ...['Dutch', 'German', 'French', 'Spanish', 'Portuguese', 'Finnish'].map(
    (language) => ['macroman', WESTERN[language] ?? '', 'macintosh'] as const,
  ),
]

function cellsOf(text: string): string[][] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/[,;]/))
}

async function readCells(bytes: Buffer, encoding?: string) {
  const { header, rows, error } = await readAll(bytes, { name: 'x.csv', encoding })
  if (error !== undefined) throw error
  return [header, ...rows.map(({ cells }) => cells)]
}

describe('Windows-1252', () => {
  it.each(Object.entries(WESTERN))('is detected from the words: %s', async (_, text) => {
    expect(await readCells(iconv.encode(text, 'windows-1252'))).toEqual(cellsOf(text))
  })

  it('is not what a file for DOS is in, which no decoder here knows', async () => {
    for (const language of ['Dutch', 'German', 'French', 'Spanish', 'Danish']) {
      const bytes = iconv.encode(WESTERN[language] ?? '', 'cp850')
      const { message, hint } = await rejectionOf(readCells(bytes))
      expect(message, language).toContain('the encoding is not certain')
      expect(hint).toContain('save the file as UTF-8')
    }
  })

  it('is rejected for bytes that it lacks, also where it was said', async () => {
    for (const byte of [0x81, 0x8d, 0x8f, 0x90, 0x9d]) {
      const bytes = Buffer.concat([Buffer.from('a\nb\nx'), Buffer.from([byte, 10])])
      expect((await rejectionOf(readCells(bytes))).message).toContain('line 3: the encoding is not')
      const said = await rejectionOf(readCells(bytes, 'windows-1252'))
      expect(said.message).toBe('x.csv, line 3: this is not windows-1252 text')
    }
  })

  it('is rejected where a word late in the file speaks against it, with the line', async () => {
    const many = 'Zoë,Köln\n'.repeat(200_000)
    const bytes = Buffer.concat([
      iconv.encode(`a,b\n${many}`, 'windows-1252'),
      iconv.encode('Иван,x\n', 'windows-1251'),
    ])
    const { rows, error } = await readAll(bytes, { name: 'x.csv' })
    expect(rows).toHaveLength(200_000)
    expect(error?.message).toContain('x.csv, line 200002: the encoding is not certain')
    expect(error?.message).toContain('; in windows-1251: "Иван,x"')
  })
})

describe('an encoding that is not certain', () => {
  it.each(OTHERS)(
    'is asked for, and read once it is said: %s %j',
    async (encoding = '', text = '', label) => {
      const bytes = iconv.encode(text, encoding)
      const error = await rejectionOf(readCells(bytes))
      expect(error).toMatchObject({ code: 'INVALID_INPUT', field: 'encoding' })
      expect(error.message).toContain('the encoding is not certain')
      const shown = error.message.match(/in [\w-]+: "/g) ?? []
      expect(shown.length).toBeLessThanOrEqual(3)
      const expected = label ?? encoding
      expect(error.message).toContain(`in ${expected}: "`)
      expect(await readCells(bytes, expected)).toEqual(cellsOf(text))
    },
  )

  it('is shown printable', async () => {
    const bytes = iconv.encode('a\nИ\u001b[31mван\n', 'windows-1251')
    const { message } = await rejectionOf(readCells(bytes))
    expect(message).not.toContain('\u001b')
  })

  it('is asked for in linear time, however long the words are', async () => {
    for (const text of ['x', 'x ', 'é', '\u0301', 'И', '“', 'xé', '\r']) {
      const long = Buffer.concat([
        Buffer.from('a\n'),
        iconv.encode(text.repeat(500_000), 'windows-1251'),
        Buffer.from([0x81, 0xff, 10]),
      ])
      const start = performance.now()
      await readAll(long).catch(() => undefined)
      expect(performance.now() - start, JSON.stringify(text)).toBeLessThan(10_000)
    }
  })

  it('is that of Japanese mail', async () => {
    const { message, hint } = await rejectionOf(readAll('a\n\u001b$B;3ED\u001b(B\n'))
    expect(message).toContain('ISO-2022-JP')
    expect(hint).toContain('--encoding iso-2022-jp')
    const read = await readAll('a\n\u001b$B;3ED\u001b(B\n', { encoding: 'iso-2022-jp' })
    expect(read.rows[0]?.cells).toEqual(['山田'])
  })
})

describe('UTF-16 without a mark', () => {
  const texts = [
    'имя,город\nИван,Москва\n',
    '名前,都市\n山田太郎,東京\n一二三,上\n',
    'שם;עיר\r\nדוד;ירושלים\r\n',
    'name\tcity\r\n😀\tGhent\r\n',
    '이름,도시\n김철수,서울\n',
  ]

  it.each(texts)('is detected in either byte order: %j', async (text) => {
    for (const encoding of ['utf-16le', 'utf-16be']) {
      const { header, rows, notes } = await readAll(iconv.encode(text, encoding, { addBOM: false }))
      const cells = text
        .trimEnd()
        .split(/\r?\n/)
        .map((line) => line.split(/[,;\t]/))
      expect([header, ...rows.map((row) => row.cells)], encoding).toEqual(cells)
      expect(notes[0]).toContain('without a byte order mark')
    }
  })

  it('is not UTF-8 that holds NUL', async () => {
    for (const text of ['a,b\nx\0y,1\n', 'a\n\0\0\0\nbc\nde\n', 'ab\n\0c\n', 'a,é\n\0,b\n']) {
      const { rows, header } = await readAll(text)
      expect([header[0], rows.length > 0], text).toEqual([text.split(/[,\n]/)[0], true])
    }
  })
})
