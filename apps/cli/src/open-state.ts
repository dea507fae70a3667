/** Loaded when a state is opened: most of it is not needed to know whether that is necessary. */
export { openState } from '@chatlayer-tables/state'
