import { projectJsonSchema } from '@chatlayer-tables/transfer/project'

/** The file that `clt init` writes next to `chatlayer.yaml`, so that editors need no network. */
export const SCHEMA_FILE = 'chatlayer.schema.json'

export function schemaText(): string {
  return `${JSON.stringify(projectJsonSchema(), null, 2)}\n`
}
