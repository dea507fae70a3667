/**
 * The words that a report keeps in messages, names of fields and headers, and types. They are words of
 * APIs and of PostgreSQL in general; what a user writes is not in it, or says nothing.
 */
import { COLUMN_TYPES, endpoints, OPERATOR_WORDS, VERSIONS } from '@chatlayer-tables/contract'
import * as z from 'zod'

/** Words of errors of HTTP, NestJS, class-validator, zod and PostgreSQL. */
const MESSAGES = `
a about accept accepted access action after again all allowed already an and any api application are array as at
authentication authorization authorized bad be been before between body bot boolean bots but by call can cannot
character characters check column columns conflict connection constraint contain contains content could customer
customers data database date defined denied deprecated did do does double duplicate duration each either element
empty end entity enum equal equals error errors escape except exceed exceeded exceeds exist existing exists
expected expired failed failure false field fields filter filters float following for forbidden found from
gateway get given greater have header host id ids in input insert integer internal invalid is iso item items json
key keys large least length less limit list literal long malformed match maximum may media message method minimum
missing more most must name named no not null number numeric object of offset one only operation option options operator operators
or order out page parameter parse payload per permission please post precision properties property provided query
range rate reached read record records rejected relation request requests require required resource response retry
role row rows schema scope select server service session should size skip smaller some specified sql state status
string such supported syntax table tables target team teams than that the then there this throttled throttler
timeout timestamp to token too true try type unable unauthorized unavailable undefined unexpected unique unknown
unprocessable unsupported update url use used user uuid valid validation value values version violates was when
whitelist with within without write wrong you your zero zone
`

/** Words of the names of fields and headers. */
const NAMES = `
accept account active alive actions actor age allow alt alternative archived assistant attributes audit author auto base
batch bearer block bytes cache category changed changes client cloud code color comment committed common compressed
config content context control copied copy correlation cors count counter created creator credentials cross csrf
current cursor custom cw default delete deleted deletion delta deployment description details disabled display
disposition dns docs document domain draft dropped editable edited editor effective email embed enabled encoding
environment envoy etag event expires external features fetch first flags folder foreign format forwarded frame
fraction frontend full global group groups guid has hash headers hidden history hits hook hour href http icon
identifier idempotency import imported index indexes indexed info initial inserted instance internal interval is
issued issuer keep kind label labels language last latency latest level link links live loaded locale locked log login
loop matched max mb media member members meta metadata min minute mode model modified month namespace nested next
node nonce normal note now nullable opener options origin original owner owners pages paging parent partial path
paths pending period permissions permitted phone pipe plan platform policies policy pos position powered prefetch
prev previous primary priority private profile project projection protected protection proto provider proxy public
publish published publisher quota quotas raw ready reason ref reference referrer refs region related remaining
remote removed replaced report reset result results retention returned revision root rule rules sample scale
schemas score search second seconds section security self sensitive sequence served set settings shard shared
short signature since slug snapshot sort source space sparse stale start started stats statuses storage store
stored stream strict sub subject success succeeded summary support sync system tag tags task tenant test text time
timed timing timings title total totals trace traces tracing transaction transfer translations transport tree
trigger ttl types unit updated updater upload upstream uri usage users uses uuids validated vary verified versions
via view viewer views visible visibility warning warnings weight width window workspace x xss year
`

const TYPES = `
aclitem big bigint bigserial binary bit blob bool box bpchar byte bytea char cidr circle citext clob count decimal
document enum fixed flag geography geometry hstore inet int interval jsonb jsonpath line lseg macaddr map money
multirange name oid path point polygon precision real regclass serial set short small smallint smallserial time
timestamptz timetz tiny tsquery tsvector unsigned varbit varchar varying vector void xml
`

const GAP = '…'

let words: ReadonlySet<string> | undefined

export function isWord(text: string): boolean {
  words ??= collect()
  return words.has(text.toLowerCase())
}

/** A name like `createdAt`, `x-request-id` or `varchar(20)`; words that are not known are left out. */
export function maskName(name: string): string {
  const parts = name.slice(0, 100).match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[-_ ]|[^A-Za-z_ -]+/g) ?? []
  return parts
    .map((part) => (/^[-_ ]$/.test(part) || isWord(part) ? part : sizeOf(part)))
    .join('')
    .replace(/…(?:[-_ ]*…)+/g, GAP)
}

/** The parameters of a type stay: `(20)`, `(10,2)`. */
function sizeOf(part: string): string {
  return /^\(\d{1,4}(?:,\d{1,2})?\)$/.test(part) ? part : GAP
}

function collect(): ReadonlySet<string> {
  const fields = Object.values(endpoints).flatMap((endpoint) =>
    [endpoint.params, endpoint.query, endpoint.body, endpoint.response].flatMap((schema) =>
      schema === undefined ? [] : namesIn(schema),
    ),
  )
  const listed = [MESSAGES, NAMES, TYPES].flatMap((list) => list.trim().split(/\s+/))
  const all = [...listed, ...fields, ...COLUMN_TYPES, ...OPERATOR_WORDS, ...VERSIONS]
  return new Set(all.map((word) => word.toLowerCase()))
}

/** The names of the fields of a schema. */
function namesIn(schema: z.core.$ZodType): string[] {
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape).flatMap(([name, inner]) => [
      name,
      ...namesIn(inner as z.core.$ZodType),
    ])
  }
  if (schema instanceof z.ZodArray) return namesIn(schema.element)
  return schema instanceof z.ZodOptional ? namesIn(schema.unwrap()) : []
}
