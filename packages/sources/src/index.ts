export { type AddressKind, addressKind } from './address.ts'
export { type HttpSettings, openSide, type SideInput } from './open-side.ts'
export type {
  ReadOptions,
  Side,
  SideAbilities,
  SideColumn,
  SideKind,
  SideReading,
} from './side.ts'
export { SideError, type SideErrorCode } from './side-error.ts'
