import { SwapOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { lazy, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { isSwitch } from "./moved";
import { Scene } from "./Scene";

const Switcher = lazy(() => import("./Switcher"));

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
        icon={<SwapOutlined aria-hidden />}
        aria-label={t("app.goTo")}
        title={`${t("app.goTo")} (Ctrl K)`}
        aria-keyshortcuts="Control+K Meta+K"
        onClick={() => setOpen(true)}
      />
      {open && (
        <Scene waiting={null}>
          <Switcher close={() => setOpen(false)} />
        </Scene>
      )}
    </>
  );
}
