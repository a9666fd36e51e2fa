/** How many dialogs are open over the page. */
export const dialogs = (): number =>
  [...document.querySelectorAll('[role="dialog"]')].filter((each) => each.checkVisibility()).length;
