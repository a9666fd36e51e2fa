import { useTranslation } from "react-i18next";
import type { Version } from "../artifacts/kinds";

/** Says how many handlers a version has, as was noted when it was built. */
export function useHandlersTold(): (version: Pick<Version, "meta">) => string | null {
  const { t } = useTranslation();
  return ({ meta }) =>
    Array.isArray(meta.handlers) ? t("models.handlerCount", { count: meta.handlers.length }) : null;
}
