import { SearchOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { lazy, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { isSwitch } from "./moved";
import { Scene } from "./Scene";

const Switcher = lazy(() => import("./Switcher"));

/** As it is written on the keyboards of whoever looks. */
const SHORTCUT = /Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘ K" : "Ctrl K";

/** Opens the way to another project, by button or key. */
export function Chooser() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const hear = (event: KeyboardEvent): void => {
      if (!isSwitch(event) || event.defaultPrevented) return;
      event.preventDefault();
      setOpen(true);
    };
    window.addEventListener("keydown", hear);
    return () => window.removeEventListener("keydown", hear);
  }, []);
  return (
    <>
      <Button
        type="text"
        icon={<SearchOutlined aria-hidden />}
        title={t("app.goTo")}
        aria-keyshortcuts="Control+K Meta+K"
        onClick={() => setOpen(true)}
        className="chooser faint"
      >
        <span className="label">{t("app.goTo")}</span>
        <kbd aria-hidden>{SHORTCUT}</kbd>
      </Button>
      {open && (
        <Scene waiting={null}>
          <Switcher close={() => setOpen(false)} />
        </Scene>
      )}
    </>
  );
}
