// The parts of an OpenAPI 3.1 document that the readable reference shows.

export interface ReferenceSchema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly default?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly maxLength?: number
  readonly maxItems?: number
  readonly description?: string
  readonly properties?: Readonly<Record<string, ReferenceSchema>>
  readonly required?: readonly string[]
  readonly items?: ReferenceSchema
  readonly additionalProperties?: ReferenceSchema | boolean
  readonly anyOf?: readonly ReferenceSchema[]
  readonly oneOf?: readonly ReferenceSchema[]
  readonly allOf?: readonly ReferenceSchema[]
}

/** Something that stands among the components. */
export interface ReferenceLink {
  readonly $ref: string
}

export interface ReferenceParameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
  readonly schema?: ReferenceSchema
}

export interface ReferenceMedia {
  readonly schema?: ReferenceSchema
  readonly example?: unknown
}

export interface ReferenceContent {
  readonly description?: string
  readonly content?: Readonly<Record<string, ReferenceMedia>>
}

export interface ReferenceOperation {
  readonly operationId?: string
  readonly summary?: string
  readonly description?: string
  readonly tags?: readonly string[]
  readonly parameters?: readonly (ReferenceParameter | ReferenceLink)[]
  readonly requestBody?: ReferenceContent
  readonly responses: Readonly<Record<string, ReferenceContent | ReferenceLink>>
}

export interface ReferenceDocument {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string }
  readonly tags?: readonly { readonly name: string; readonly description?: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, ReferenceOperation>>>>
  readonly components?: {
    readonly schemas?: Readonly<Record<string, ReferenceSchema>>
    readonly parameters?: Readonly<Record<string, ReferenceParameter>>
    readonly responses?: Readonly<Record<string, ReferenceContent>>
  }
}
