import { Alert } from "antd";
import { useTranslation } from "react-i18next";
import { problemOf } from "../api/fault";
import { useMessages } from "../shell/messages";
import { type Explained, explainedIn, SPOKEN } from "./explaining";

/** What went wrong, in the language of the page as far as it has words for it. */
export function useExplained(): (error: unknown, own?: Record<string, string>) => Explained {
  const { t, i18n } = useTranslation();
  return (error, own = {}) => {
    const problem = problemOf(error);
    // What no server has said has no code of a server's.
    const silent = { 0: t("trouble.unreachable"), [-1]: t("trouble.broken") }[problem.status];
    const here = own[problem.code] ?? silent;
    if (here) return { title: here, detail: "" };
    const words: { problem?: Record<string, string> } =
      i18n.getResourceBundle(i18n.language, "translation") ?? {};
    return explainedIn(i18n.language, problem, words.problem ?? {});
  };
}

/**
 * Tells of an error beside what caused it; nothing where there is none.
 *
 * Args: `own` says what a code means just here.
 */
export function Trouble({ error, own }: { error: unknown; own?: Record<string, string> }) {
  const explained = useExplained();
  if (!error) return null;
  const { title, detail } = explained(error, own);
  return (
    <Alert
      type="error"
      showIcon
      role="alert"
      title={title}
      description={detail && <ServerSays>{detail}</ServerSays>}
      className="trouble"
    />
  );
}

/** The same within other text. */
export function Why({ error }: { error: unknown }) {
  const { title, detail } = useExplained()(error);
  return (
    <>
      {title}
      {detail && <ServerSays>{detail}</ServerSays>}
    </>
  );
}

/** Words of the server's own, below those of the page. */
export function ServerSays({ children }: { children: string }) {
  return (
    <span lang={SPOKEN} className="server-says">
      {children}
    </span>
  );
}

/** Tells in passing of what went wrong. */
export function useComplaint(): (error: unknown) => void {
  const message = useMessages();
  return (error) => void message.error(<Why error={error} />);
}
