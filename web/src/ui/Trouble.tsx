import { Alert } from "antd";
import { useTranslation } from "react-i18next";
import { type Problem, problemOf, sentences } from "../api/fault";

/** What went wrong, in the language of the page as far as it has words for it. */
export function useExplained(): (
  error: unknown,
  own?: Record<string, string>,
) => { title: string; detail: string } {
  const { i18n } = useTranslation();
  return (error, own = {}) => {
    const problem = problemOf(error);
    const known = own[problem.code] ?? worded(i18n.language, problem);
    const told = sentences(problem);
    if (!known) return { title: told, detail: "" };
    return { title: known, detail: own[problem.code] || problem.status < 1 ? "" : told };
  };

  function worded(language: string, { code }: Problem): string | undefined {
    const bundle: { problem?: Record<string, string> } =
      i18n.getResourceBundle(language, "translation") ?? {};
    return bundle.problem?.[code];
  }
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
      description={detail ? <span lang="en">{detail}</span> : undefined}
      className="trouble"
    />
  );
}
