// For `npm run migrations`, which writes the next SQL file from the schema. It never connects to a database.
import { defineConfig } from 'drizzle-kit'

export default defineConfig({ dialect: 'sqlite', schema: './src/history/schema.ts', out: './migrations' })
