// Writes the types of each API document: node generate.mjs NAME=openapi.json ...
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";

const BLOB = ts.factory.createTypeReferenceNode("Blob");
const options = {
  // A field with a default may be left out.
  defaultNonNullable: false,
  transform: (schema) => (schema.format === "binary" ? BLOB : undefined),
};

for (const argument of process.argv.slice(2)) {
  const [name, path] = argument.split("=");
  writeFileSync(`${name}.ts`, astToString(await openapiTS(pathToFileURL(path), options)));
}
