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
