# shellcheck shell=bash
# Sourced by the scripts beside it: makes sure that a Swift toolchain and libsndfile with its headers are
# there. Written for bash 3.2 and later.

# How tests and demo are built. Signal processing without optimisation is a hundred times slower; with one set of
# flags both share one build.
release_flags=(-c release -Xswiftc -enable-testing)
# The code of tests that compute little is not optimised (Package.swift).
export QUICK_TESTS=1

# Prints a message on standard error and ends the script.
fail() {
  printf '%s\n' "error: $1" >&2
  exit 1
}

# Ends the script where `swift` cannot be run.
require_swift() {
  command -v swift >/dev/null 2>&1 ||
    fail "swift was not found; install Swift 6.2 or later (https://www.swift.org/install)"
}

# Installs Debian packages without questions: as root, or by sudo.
apt_install() {
  local become=""
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || fail "there is no sudo; run as root: apt-get install $*"
    become=sudo
  fi
  $become env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2 ||
    printf '%s\n' "apt-get update failed; trying with the package lists that are there" >&2
  $become env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2 ||
    fail "apt-get could not install: $*"
}

# Whether a C program can be compiled and linked against libsndfile.
# SwiftPM finds the library through its .pc file (it reads such files itself, and asks pkg-config
# only for the folders they are in) or, without one, where the compiler looks by itself.
has_libsndfile() {
  local flags="" compiler
  if command -v pkg-config >/dev/null 2>&1 && pkg-config --exists sndfile; then
    flags="$(pkg-config --cflags --libs sndfile)"
  elif [ "$(uname -s)" = Darwin ] && command -v brew >/dev/null 2>&1; then
    flags="-I$(brew --prefix)/include -L$(brew --prefix)/lib"
  fi
  for compiler in clang cc gcc; do
    if command -v "$compiler" >/dev/null 2>&1; then
      # The flags are several words on purpose.
      # shellcheck disable=SC2086
      printf '%s\n' '#include <sndfile.h>' 'int main(void) { return sf_open == 0; }' |
        "$compiler" -x c - $flags -lsndfile -o /dev/null >/dev/null 2>&1
      return
    fi
  done
  # No C compiler under a usual name: look for the header itself.
  [ -e /usr/include/sndfile.h ] || [ -e /usr/local/include/sndfile.h ]
}

# Installs libsndfile with its headers where it is missing.
require_libsndfile() {
  if has_libsndfile; then return; fi
  printf '%s\n' "libsndfile with its headers was not found; installing it" >&2
  if command -v apt-get >/dev/null 2>&1; then
    apt_install libsndfile1-dev pkg-config
  elif command -v brew >/dev/null 2>&1; then
    HOMEBREW_NO_AUTO_UPDATE=1 brew install libsndfile pkgconf >&2 || fail "brew could not install libsndfile"
  else
    fail "there is neither apt-get nor brew to install it; install it by hand \
(Fedora: libsndfile-devel, Arch: libsndfile, from source: https://libsndfile.github.io/libsndfile/)"
  fi
  has_libsndfile || fail "libsndfile was installed, but a program against it does not compile"
}
