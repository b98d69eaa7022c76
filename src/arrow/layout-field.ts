/** The field of a schema for a place in the table. */
import type { ArrowField, ArrowType } from "./arrow-type.ts";
import type { Layout, Shape } from "./layout.ts";

export function fieldOf({ name, shape }: Layout): ArrowField {
  const children =
    shape.kind === "list"
      ? [fieldOf(shape.item)]
      : shape.kind === "struct"
        ? shape.fields.map(fieldOf)
        : shape.kind === "vector"
          ? [leafField("item", { kind: "float", bits: shape.item === "f32" ? 32 : 64 })]
          : [];
  return {
    ...leafField(name, typeOf(shape)),
    children,
    dictionary: shape.kind === "dictionary" ? { id: shape.id, index: INDEX } : null,
    tuple: shape.kind === "struct" && shape.form === "tuple",
  };
}

const INDEX = { kind: "int", bits: 32, signed: true } as const;

function leafField(name: string, type: ArrowType): ArrowField {
  return { name, type, nullable: true, children: [], dictionary: null, tuple: false };
}

function typeOf(shape: Shape): ArrowType {
  switch (shape.kind) {
    case "i32":
    case "i64":
    case "u32":
    case "u64":
      return { kind: "int", bits: shape.kind.endsWith("32") ? 32 : 64, signed: shape.kind.startsWith("i") };
    case "f32":
    case "f64":
      return { kind: "float", bits: shape.kind === "f32" ? 32 : 64 };
    case "date":
      return { kind: "timestamp", unit: "ms", zone: "UTC" };
    case "dictionary":
      return { kind: "utf8" };
    case "vector":
      return { kind: "fixedSizeList", size: shape.size };
    default:
      return { kind: shape.kind };
  }
}
