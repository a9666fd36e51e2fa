import { type ComponentType, type LazyExoticComponent, lazy } from "react";
import { bring } from "../i18n";
import type { Part } from "../i18n/parts";

/** A page and where it is. */
export interface PageRoute {
  path: string;
  Page: ComponentType;
}

/** A page, or a part of one, that is loaded when it is wanted, along with its texts. */
export function page<Props extends object = object>(
  parts: Part[],
  load: () => Promise<{ default: ComponentType<Props> }>,
): LazyExoticComponent<ComponentType<Props>> {
  return lazy(async () => {
    const [module] = await Promise.all([load(), bring(...parts)]);
    return module;
  });
}
