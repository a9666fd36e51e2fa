import { createContext } from "react";

/** The project of the report that is written. */
export const ProjectContext = createContext("");
