// A demo account is put into the form by a click; signing in stays the visitor's own act.
for (const one of document.querySelectorAll(".demo button")) {
  one.addEventListener("click", () => {
    document.getElementById("login").value = one.dataset.login;
    document.getElementById("password").value = one.dataset.password;
    document.querySelector("form .primary").focus();
  });
}
