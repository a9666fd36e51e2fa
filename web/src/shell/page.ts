import { type ComponentType, lazy } from "react";
import { bring } from "../i18n";
import type { Part } from "../i18n/parts";

/** A page and where it is. */
export interface PageRoute {
  path: string;
  Page: ComponentType;
}

/** A page that is loaded when it is wanted, along with its texts. */
export function page(parts: Part[], load: () => Promise<{ default: ComponentType }>): ComponentType {
  return lazy(async () => {
    const [module] = await Promise.all([load(), bring(...parts)]);
    return module;
  });
}
