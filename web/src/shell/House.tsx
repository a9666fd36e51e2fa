import { type QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { ConfigProvider, message, theme } from "antd";
import { type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { BrowserRouter } from "react-router";
import { localeOf } from "../i18n";
import { useMedia } from "../ui/useMedia";
import { useAppearance } from "./appearance";
import { Frame } from "./Frame";
import { Leaving } from "./Leaving";
import { MessagesContext } from "./messages";
import { nonce } from "./nonce";
import { Scene } from "./Scene";

// Class of all that knows the colours of the theme.
const STYLE = "starwhale";

// Greys of the library's own, and what it makes of a colour under the pointer, are too faint to be read by
// everybody.
const LIGHT = {
  colorPrimary: "#2459c4",
  colorPrimaryHover: "#1d4aa6",
  colorLink: "#2459c4",
  colorError: "#c9272a",
  colorErrorHover: "#a81f22",
  colorTextTertiary: "rgba(0,0,0,0.62)",
  colorTextDescription: "rgba(0,0,0,0.62)",
  colorTextPlaceholder: "rgba(0,0,0,0.58)",
  colorBgLayout: "#f4f6fa",
};
const DARK = {
  colorPrimary: "#3f78e8",
  colorPrimaryHover: "#336bd8",
  colorLink: "#7aa7ff",
  colorError: "#ff7d7d",
  colorTextTertiary: "rgba(255,255,255,0.66)",
  colorTextDescription: "rgba(255,255,255,0.66)",
  colorTextPlaceholder: "rgba(255,255,255,0.6)",
  colorBgLayout: "#0d0f14",
  colorBgContainer: "#161920",
  colorBgElevated: "#1d212a",
};

// What is chosen of a few is seen on the ground of the page as well as on a panel.
const LIGHT_PARTS = { Segmented: { trackBg: "rgba(20,40,80,0.07)" } };
const DARK_PARTS = {
  Button: {
    dangerColor: "#1c0506",
    defaultHoverColor: DARK.colorLink,
    defaultHoverBorderColor: DARK.colorLink,
    defaultActiveColor: DARK.colorLink,
    defaultActiveBorderColor: DARK.colorLink,
  },
  Dropdown: { colorPrimary: "#9dbeff" },
  Segmented: { trackBg: "rgba(255,255,255,0.08)", itemSelectedBg: "#3a404c" },
  Tabs: { itemSelectedColor: DARK.colorLink },
};

export function House({ asking }: { asking: QueryClient }) {
  const { i18n } = useTranslation();
  const { dark } = useAppearance();
  const still = useMedia("(prefers-reduced-motion: reduce)");
  useEffect(() => {
    document.documentElement.dataset.appearance = dark ? "dark" : "light";
  }, [dark]);
  const locale = localeOf(i18n.language);
  return (
    <ConfigProvider
      csp={{ nonce }}
      button={{ autoInsertSpace: false }}
      {...(locale && { locale })}
      theme={{
        algorithm: dark ? theme.darkAlgorithm : theme.defaultAlgorithm,
        cssVar: { key: STYLE },
        components: dark ? DARK_PARTS : LIGHT_PARTS,
        token: { borderRadius: 8, motion: !still, ...(dark ? DARK : LIGHT) },
      }}
    >
      <Ground>
        <QueryClientProvider client={asking}>
          <BrowserRouter>
            <Leaving>
              <Scene waiting={null} whole>
                <Frame />
              </Scene>
            </Leaving>
          </BrowserRouter>
        </QueryClientProvider>
      </Ground>
    </ConfigProvider>
  );
}

function Ground({ children }: { children: ReactNode }) {
  theme.useToken(); // has the colours written down as variables, which our own styles use
  const [messages, holder] = message.useMessage();
  return (
    <div className={`house ${STYLE}`}>
      <MessagesContext value={messages}>{children}</MessagesContext>
      {holder}
    </div>
  );
}
