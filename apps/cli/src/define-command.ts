/** What a command is, as plain data; the types of its arguments and options follow from it. */
import type { ColumnSyntax } from './completion/spelling.ts'
import type { Context } from './context.ts'
import type { CommonValues } from './options/common.ts'

/** How an argument or the value of an option is completed in a shell. */
export type Completes =
  /** Tables, also those of other profiles. */
  | 'table'
  /** Tables of the bot that the command works on. */
  | 'bot table'
  /** Tables and files. */
  | 'side'
  | 'file'
  | 'profile'
  | { readonly values: readonly string[] }
  | { readonly columns: ColumnSyntax }

interface Named {
  /** Without choices and default, which are added to it. */
  readonly about: string
  readonly choices?: readonly string[]
  readonly completes?: Completes
}

export interface ArgumentDefinition extends Named {
  /** Such as `<table>`, `[name]` or `<ids...>`. */
  readonly name: string
}

export interface OptionDefinition extends Named {
  /** Such as `-o, --output <file>`, `--all` or `--no-wait`. */
  readonly flags: string
  /** Whether it can be given several times. */
  readonly list?: true
  /** @throws InvalidArgumentError */
  readonly parse?: (text: string) => unknown
  readonly default?: string | number
  /** What the help says in place of the default value. */
  readonly defaultText?: string
  readonly required?: true
  readonly hidden?: true
}

export interface Example {
  readonly command: string
  readonly about: string
}

export interface CommandDefinition {
  /** Such as `records list`; a group and the command, or the command alone. */
  readonly name: string
  readonly about: string
  readonly arguments?: readonly ArgumentDefinition[]
  /** Besides the common options. */
  readonly options?: readonly OptionDefinition[]
  /** At the end of the help. */
  readonly notes?: string
  /** A test runs each of them. */
  readonly examples: readonly [Example, ...Example[]]
  /** Whether the command reads its arguments and options itself; they are passed to its argument. */
  readonly parsesItself?: true
}

/** Keeps the literal types of a definition. */
export function defineCommand<const D extends CommandDefinition>(definition: D): D {
  return definition
}

/** Keeps the literal types of options that several commands share. */
export function defineOptions<const O extends readonly OptionDefinition[]>(options: O): O {
  return options
}

/** `where` for `--where <condition>`, `wait` for `--no-wait`, `dryRun` for `--dry-run`. */
export type OptionName<F extends string> = F extends `${string}--no-${infer Name}`
  ? CamelCase<Name>
  : F extends `${string}--${infer Name} ${string}`
    ? CamelCase<Name>
    : F extends `${string}--${infer Name}`
      ? CamelCase<Name>
      : never

type CamelCase<S extends string> = S extends `${infer First}-${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : S

type OptionValue<O extends OptionDefinition> = O extends { parse: (text: string) => infer Value }
  ? Value
  : O extends { choices: readonly (infer Choice)[] }
    ? Choice
    : O extends { list: true }
      ? readonly string[]
      : O['flags'] extends `${string}<${string}`
        ? string
        : boolean

/** Whether the option has a value when it is not given. */
type HasValue<O extends OptionDefinition> = O extends
  | { default: string | number }
  | { list: true }
  | { required: true }
  ? true
  : O['flags'] extends `${string}<${string}`
    ? false
    : true

type Merged<T> = { [K in keyof T]: T[K] }

/** The values of options by their names. */
export type OptionValues<O extends readonly OptionDefinition[]> = Merged<
  {
    readonly [Each in O[number] as HasValue<Each> extends true
      ? OptionName<Each['flags']>
      : never]: OptionValue<Each>
  } & {
    readonly [Each in O[number] as HasValue<Each> extends true
      ? never
      : OptionName<Each['flags']>]?: OptionValue<Each>
  }
>

type ArgumentName<N extends string> = N extends `${'<' | '['}${infer Name}...${'>' | ']'}`
  ? Name
  : N extends `${'<' | '['}${infer Name}${'>' | ']'}`
    ? Name
    : never

type ArgumentValue<A extends ArgumentDefinition> = A['name'] extends `${string}...${string}`
  ? readonly string[]
  : A extends { choices: readonly (infer Choice)[] }
    ? Choice
    : string

/** The values of arguments by their names. */
export type ArgumentValues<A extends readonly ArgumentDefinition[]> = {
  readonly [Each in A[number] as Each['name'] extends `<${string}` | `${string}...${string}`
    ? ArgumentName<Each['name']>
    : never]: ArgumentValue<Each>
} & {
  readonly [Each in A[number] as Each['name'] extends `<${string}` | `${string}...${string}`
    ? never
    : ArgumentName<Each['name']>]?: ArgumentValue<Each>
}

/** What the run of a command receives. */
export type OptionsOf<D extends CommandDefinition> = Merged<
  CommonValues &
    (D extends { options: infer O extends readonly OptionDefinition[] }
      ? OptionValues<O>
      : unknown) &
    (D extends { arguments: infer A extends readonly ArgumentDefinition[] }
      ? ArgumentValues<A>
      : unknown)
>

/** @returns the exit code */
export type Run<D extends CommandDefinition> = (
  options: OptionsOf<D>,
  context: Context,
) => Promise<number>

/** Values by the names of arguments and options, as the parser found them. */
export type ParsedValues = CommonValues & Readonly<Record<string, unknown>>

export interface DefinedCommand<D extends CommandDefinition = CommandDefinition> {
  readonly definition: D
  run(values: ParsedValues, context: Context): Promise<number>
}

/** @param load the module with its run, loaded when the command is run */
export function command<const D extends CommandDefinition>(
  definition: D,
  load: () => Promise<{ readonly run: Run<D> }>,
): DefinedCommand<D> {
  return {
    definition,
    async run(values, context) {
      const { run } = await load()
      // The parser is built from the same definition; TypeScript cannot follow that through it.
      return run(values as unknown as OptionsOf<D>, context)
    },
  }
}
