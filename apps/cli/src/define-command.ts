/** Definitions of commands as plain data, from which the types of arguments and options are inferred. */
import type { ColumnSyntax } from './completion/spelling.ts'
import type { Context } from './context.ts'
import type { CommonValues } from './options/common.ts'

/** How a shell completes an argument or the value of an option. */
export type Completes =
  /** Tables, including those of other profiles. */
  | 'table'
  /** Tables of the bot that the command works on. */
  | 'bot table'
  /** Tables, files and saved connections. */
  | 'side'
  | 'file'
  /** Files, and saved connections to databases and HTTP APIs. */
  | 'input'
  | 'profile'
  /** Saved connections to databases and HTTP APIs. */
  | 'connection'
  | { readonly values: readonly string[] }
  | { readonly columns: ColumnSyntax }

interface Named {
  /** The help text, to which choices and default are added. */
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
  /** Whether the option can be repeated. */
  readonly list?: true
  /** @throws InvalidArgumentError */
  readonly parse?: (text: string) => unknown
  readonly default?: string | number
  /** Shown in the help instead of the default value. */
  readonly defaultText?: string
  readonly required?: true
  readonly hidden?: true
}

export interface Example {
  readonly command: string
  readonly about: string
}

export interface CommandDefinition {
  /** A group and the command, such as `records list`, or a command without a group. */
  readonly name: string
  readonly about: string
  readonly arguments?: readonly ArgumentDefinition[]
  /** In addition to the common options. */
  readonly options?: readonly OptionDefinition[]
  /** Shown at the end of the help. */
  readonly notes?: string
  /** A test runs each of them. */
  readonly examples: readonly [Example, ...Example[]]
  /** Whether the command parses its own arguments and options; its argument receives all of them. */
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

/** Whether the option has a value if it is not passed. */
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

/** The options that the run of a command receives. */
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

/** @param load imports the module with the run when the command is run */
export function command<const D extends CommandDefinition>(
  definition: D,
  load: () => Promise<{ readonly run: Run<D> }>,
): DefinedCommand<D> {
  return {
    definition,
    async run(values, context) {
      const { run } = await load()
      // The parser is built from the same definition, which TypeScript cannot infer.
      return run(values as unknown as OptionsOf<D>, context)
    },
  }
}
