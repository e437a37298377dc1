// The view in the address is shown after the login: a redirect keeps the form's fragment.
document.querySelector("form").action = `login${location.hash}`;
