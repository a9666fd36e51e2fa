import { DownOutlined, GlobalOutlined, MoonOutlined, SunOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Button, type MenuProps } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useLocation, useNavigate } from "react-router";
import { signOut, useMe } from "../account/me";
import { language, speak } from "../i18n";
import { LANGUAGES, type Language } from "../i18n/languages";
import { Dropdown } from "../ui/Dropdown";
import { useComplaint } from "../ui/Trouble";
import { mayLeave, saveBegun } from "../ui/unsaved";
import { APPEARANCES, type Appearance, appear, useAppearance } from "./appearance";
import { Chooser } from "./Chooser";
import logo from "./starwhale.svg";

export function Header() {
  const { t } = useTranslation();
  return (
    <header className="header">
      <Link to="/" className="brand" aria-label={t("app.name")}>
        <img src={logo} alt="" width="28" height="28" />
        <span>{t("app.name")}</span>
      </Link>
      <nav aria-label={t("app.projects")} className="nav">
        <Link to="/projects">{t("app.projects")}</Link>
        <Chooser />
      </nav>
      <LanguageSwitch />
      <AppearanceSwitch />
      <Whoever />
    </header>
  );
}

function LanguageSwitch() {
  const { t, i18n } = useTranslation();
  const items = Object.entries(LANGUAGES).map(([key, label]) => ({
    key,
    label: <span lang={key}>{label}</span>,
  }));
  const choose = ({ key }: { key: string }): void => {
    language.write(key as Language);
    void speak(key as Language);
  };
  return (
    <Dropdown
      menu={{ items, selectable: true, selectedKeys: [i18n.language], onClick: choose }}
      trigger={["click"]}
    >
      <Button type="text" icon={<GlobalOutlined aria-hidden />} aria-label={t("app.language")} />
    </Dropdown>
  );
}

function AppearanceSwitch() {
  const { t } = useTranslation();
  const { appearance, dark } = useAppearance();
  const items = APPEARANCES.map((key) => ({ key, label: t(`app.appearances.${key}`) }));
  const choose = ({ key }: { key: string }): void => appear(key as Appearance);
  return (
    <Dropdown
      menu={{ items, selectable: true, selectedKeys: [appearance], onClick: choose }}
      trigger={["click"]}
    >
      <Button
        type="text"
        icon={dark ? <MoonOutlined aria-hidden /> : <SunOutlined aria-hidden />}
        aria-label={t("app.appearance")}
      />
    </Dropdown>
  );
}

function Whoever() {
  const { t } = useTranslation();
  const me = useMe();
  const asking = useQueryClient();
  const complain = useComplaint();
  const navigate = useNavigate();
  const { pathname, search } = useLocation();
  if (!me)
    return pathname === "/login" ? null : (
      <Button type="primary" onClick={() => navigate(`/login?next=${encodeURIComponent(pathname + search)}`)}>
        {t("app.signIn")}
      </Button>
    );
  const leave = async (): Promise<void> => {
    await saveBegun();
    if (!(await mayLeave())) return;
    try {
      await signOut(asking);
      navigate("/login");
    } catch (error) {
      complain(error);
    }
  };
  const items: MenuProps["items"] = [
    { key: "/account", label: t("app.account") },
    { key: "/account/tokens", label: t("app.tokens") },
    ...(me.admin ? [{ key: "/admin/users", label: t("app.admin") }] : []),
    { type: "divider" },
    { key: "leave", label: t("app.signOut") },
  ];
  const choose = ({ key }: { key: string }): void => {
    if (key === "leave") void leave();
    else navigate(key);
  };
  return (
    <Dropdown menu={{ items, onClick: choose }} trigger={["click"]}>
      <Button type="text" aria-label={t("app.menu", { name: me.name })} className="whoever">
        <span className="name">{me.name}</span>
        <DownOutlined aria-hidden />
      </Button>
    </Dropdown>
  );
}
