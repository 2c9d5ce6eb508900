// What is wrong with a page for people who see little or listen: [] when nothing was found. WCAG 2.2 AA.
() => {
  const channels = (color) => color.match(/[\d.]+/g).map(Number);
  const luminance = (rgb) => {
    const [r, g, b] = rgb.slice(0, 3).map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const background = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = channels(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const words = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  const problems = [];
  for (const element of document.querySelectorAll("body *")) {
    const style = getComputedStyle(element);
    const isField = element.matches("input:not([type=hidden]), textarea");
    if (!element.checkVisibility() || !(words(element) || isField) || element.closest(".visually-hidden")) continue;
    const ratio = contrast(channels(style.color), background(element));
    if (ratio < 4.5) problems.push(`contrast ${ratio.toFixed(2)}: ${element.outerHTML.slice(0, 80)}`);
    if (isField && !element.matches("[type=checkbox], [type=radio]")) {
      const edge = contrast(channels(style.borderTopColor), background(element.parentElement));
      if (edge < 3) problems.push(`edge ${edge.toFixed(2)}: ${element.outerHTML.slice(0, 80)}`);
    }
    if (isField && element.labels.length !== 1) problems.push(`label: ${element.outerHTML.slice(0, 80)}`);
  }
  for (const element of document.querySelectorAll("[aria-describedby], [aria-labelledby]")) {
    const named = `${element.getAttribute("aria-labelledby") ?? ""}`.split(" ").filter(Boolean);
    for (const id of named) if (!document.getElementById(id)) problems.push(`no #${id}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) problems.push(`two #${id}`);
  if (document.querySelectorAll("h1").length !== 1) problems.push("not one h1");
  if (!document.documentElement.lang) problems.push("no language");
  for (const element of document.querySelectorAll("a, button")) {
    if (!element.textContent.trim()) problems.push(`no words: ${element.outerHTML.slice(0, 80)}`);
    const { height } = element.getBoundingClientRect();
    if (element.checkVisibility() && getComputedStyle(element).display !== "inline" && height < 24) problems.push(`small: ${element.outerHTML.slice(0, 80)}`);
  }
  return problems;
}
