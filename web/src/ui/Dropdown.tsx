import type { DropdownProps } from "antd";
import { lazy, type ReactNode, Suspense } from "react";

const Loaded = lazy(() => import("./LoadedDropdown"));

/** A button that opens a menu. What draws menus comes after the page: it is a tenth of what the page weighs. */
export function Dropdown({ children, ...properties }: DropdownProps & { children: ReactNode }) {
  return (
    <Suspense fallback={children}>
      <Loaded {...properties}>{children}</Loaded>
    </Suspense>
  );
}
