// Runs in the article panel: opens what is clicked anywhere on the page, copies answers, brings the quote into view.
// `element`, `trigger` and `watch` are given by gr.HTML.
window.qaListening?.abort(); // the panel can be mounted again
window.qaListening = new AbortController();
let opener = null;

const show = () => {
	const shown = element.querySelector("mark") || element.querySelector("h2");
	if (!shown) return;
	shown.scrollIntoView({ block: "center", behavior: "instant" });
	shown.focus({ preventScroll: true });
};

const copy = async (button) => {
	const label = button.textContent;
	try {
		await navigator.clipboard.writeText(button.dataset.copy);
	} catch {
		// No clipboard outside https and localhost.
		const area = document.createElement("textarea");
		area.value = button.dataset.copy;
		document.body.append(area);
		area.select();
		document.execCommand("copy");
		area.remove();
	}
	button.textContent = button.dataset.copied;
	setTimeout(() => { button.textContent = label; }, 1500);
};

document.addEventListener("click", (event) => {
	const button = event.target.closest?.("[data-article], [data-copy], [data-back]");
	if (!button) return;
	if ("copy" in button.dataset) {
		copy(button);
	} else if ("back" in button.dataset) {
		opener?.scrollIntoView({ block: "center" });
		opener?.focus({ preventScroll: true });
	} else {
		opener = button;
		const { article, start, end } = button.dataset;
		const open = element.querySelector("[data-shown]")?.dataset.shown;
		if (open === `${article}:${start}:${end}`) show();
		else trigger("open", { article, start, end });
	}
}, { signal: window.qaListening.signal });

watch("value", show);

// While an answer grows, its question stays at the top of the chat, so that it is read from its beginning.
const chat = document.getElementById("qa-chat");
const scrollerOf = (node) => {
	const scrolls = (n) => /auto|scroll/.test(getComputedStyle(n).overflowY) && n.scrollHeight > n.clientHeight + 1;
	while (node && node !== chat && !scrolls(node)) node = node.parentElement;
	return node;
};
let pieces = 0;
const follow = () => {
	const before = pieces;
	pieces = chat.querySelectorAll(".qa-question, .qa-answer > *").length;
	const question = [...chat.querySelectorAll(".qa-question")].pop();
	if (pieces <= before || !question) return;
	const area = scrollerOf(question);
	area?.scrollBy({ top: question.getBoundingClientRect().top - area.getBoundingClientRect().top - 16 });
};
window.qaFollowing?.disconnect();
window.qaFollowing = new MutationObserver(follow);
window.qaFollowing.observe(chat, { childList: true, subtree: true });
