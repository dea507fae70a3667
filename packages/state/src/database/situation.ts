/** What a program can word better: it knows the commands that migrate and grant. */
export type StateSituation =
  | {
      readonly code: 'STATE_NOT_MIGRATED'
      /** The role that owns the schema; undefined where there is no schema, or it is not known. */
      readonly data: { readonly owner: string | undefined }
    }
  /** The role may not use the schema, or a table of it. */
  | { readonly code: 'STATE_NOT_GRANTED'; readonly data?: undefined }
