export { type AddressKind, addressKind } from './address.ts'
export {
  HTTP_FORMATS,
  type HttpFormat,
  type HttpPaging,
  type HttpSettings,
  PAGING_STYLES,
  type PagingStyle,
  type ResponsePlace,
} from './http/http-settings.ts'
export { openSide, type SideInput } from './open-side.ts'
export type {
  ReadOptions,
  Side,
  SideAbilities,
  SideColumn,
  SideKind,
  SideReading,
} from './side.ts'
export { SideError, type SideErrorCode } from './side-error.ts'
export type { DatabaseExportOptions, DatabaseExportReport } from './target/export-options.ts'
export { exportToDatabase } from './target/export-to-database.ts'
export type { WholeReason } from './target/last-run.ts'
export { keepMirrored, type MirrorLoopOptions } from './target/mirror-loop.ts'
export { openTarget } from './target/open-target.ts'
export type { TargetSession } from './target/session.ts'
export type { TargetInput } from './target/target-input.ts'
