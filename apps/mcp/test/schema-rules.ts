/** What clients and model APIs require of a tool list. Each rule is checked in schema-rules.test.ts. */
export interface SchemaRule {
  readonly rule: string
  /** Who refuses, changes or ignores a tool otherwise. */
  readonly who: string
  /** A report of it, or the code that does it. */
  readonly source: string
}

export const SCHEMA_RULES = {
  root: {
    rule: 'Arguments are one object with `properties`, without a union at the root.',
    who: 'Anthropic, OpenAI',
    source: 'https://github.com/anthropics/claude-code/issues/40075',
  },
  keywords: {
    rule: 'Only `type`, `description`, `enum`, `items`, `properties`, `required` and `additionalProperties` appear.',
    who: 'Gemini (the whole list is refused), converters that drop the rest',
    source: 'https://github.com/pizza-bot-app/pizza-bot/issues/62',
  },
  type: {
    rule: 'Every argument, member and item has a `type`, which is one word.',
    who: 'Gemini, Gemini CLI, Zed',
    source: 'https://github.com/github/copilot-cli/issues/4623',
  },
  items: {
    rule: 'Every array has `items`.',
    who: 'Gemini, OpenAI, GitHub Copilot',
    source: 'https://github.com/backstage/backstage/issues/34038',
  },
  objects: {
    rule: 'An object lists its members and is closed, or has none and is open, and says so in `additionalProperties`.',
    who: 'OpenAI Agents and LangChain, which otherwise let a model send only `{}`',
    source: 'https://github.com/openai/openai-agents-js/pull/1629',
  },
  examples: {
    rule: 'The description of an open object shows an example, or another tool describes the argument of that name.',
    who: 'models, which see nothing else of its form',
    source: 'https://github.com/MarkusPfundstein/mcp-obsidian/issues/21',
  },
  placement: {
    rule: '`properties` and `required` appear on objects only, and `required` names members that exist.',
    who: 'Gemini',
    source: 'https://github.com/anomalyco/opencode/issues/11889',
  },
  enums: {
    rule: '`enum` lists texts that are not empty.',
    who: 'Gemini',
    source: 'https://github.com/sbroenne/mcp-server-excel/issues/607',
  },
  bounds: {
    rule: 'Lengths, ranges and defaults are words in a description, not keywords.',
    who: 'strict modes of Azure and Anthropic; llama.cpp, whose grammars grow with them',
    source: 'https://github.com/ggml-org/llama.cpp/issues/25746',
  },
  names: {
    rule: 'Names of tools and arguments are letters, digits and `_`; a tool name leaves room for a server name.',
    who: 'Anthropic (64 characters), Cursor (60 with the name of the server)',
    source: 'https://github.com/anthropics/claude-code/issues/79418',
  },
  descriptions: {
    rule: 'A tool has a description of at most 1,024 characters.',
    who: 'OpenAI, Azure',
    source: 'https://github.com/getsentry/sentry-mcp/issues/106',
  },
  depth: {
    rule: 'Schemas are nested at most five levels deep.',
    who: 'OpenAI in strict mode, Gemini CLI',
    source: 'https://github.com/tanaikech/ToolsForMCPServer/issues/13',
  },
  results: {
    rule: 'A result schema is one object at the root, has no list of types, and gives every array `items`.',
    who: 'clients of the older protocol, which drop the whole list; Google Gen AI, which passes it to Gemini',
    source: 'https://github.com/anthropics/claude-code/issues/10030',
  },
} as const satisfies Record<string, SchemaRule>
