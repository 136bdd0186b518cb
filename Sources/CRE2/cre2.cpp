#include "cre2.h"

#include <re2/re2.h>

#include <cstring>
#include <new>
#include <string>

struct cre2_regex {
  RE2 re;
  cre2_regex(const re2::StringPiece &pattern, const RE2::Options &options) : re(pattern, options) {}
};

extern "C" cre2_regex *cre2_new(const char *pattern, size_t length, bool case_insensitive, bool dot_matches_newline,
                                long max_mem, char *error, size_t error_size) {
  RE2::Options options;
  options.set_log_errors(false);  // An expression may quote a value; it goes to the caller only.
  options.set_case_sensitive(!case_insensitive);
  options.set_dot_nl(dot_matches_newline);
  options.set_max_mem(max_mem);
  auto *regex = new (std::nothrow) cre2_regex(re2::StringPiece(pattern, length), options);
  if (regex == nullptr) return nullptr;
  if (regex->re.ok()) return regex;
  if (error_size > 0) {
    std::strncpy(error, regex->re.error().c_str(), error_size - 1);
    error[error_size - 1] = '\0';
  }
  delete regex;
  return nullptr;
}

extern "C" void cre2_free(cre2_regex *regex) { delete regex; }

extern "C" int cre2_groups(const cre2_regex *regex) { return regex->re.NumberOfCapturingGroups(); }

extern "C" bool cre2_search(const cre2_regex *regex, const char *text, size_t length) {
  return regex->re.Match(re2::StringPiece(text, length), 0, length, RE2::UNANCHORED, nullptr, 0);
}

extern "C" bool cre2_match(const cre2_regex *regex, const char *text, size_t length, long *spans, int count) {
  constexpr int groups_max = 32;
  re2::StringPiece groups[groups_max];
  const int wanted = count < groups_max ? count : groups_max;
  if (!regex->re.Match(re2::StringPiece(text, length), 0, length, RE2::UNANCHORED, groups, wanted)) return false;
  for (int i = 0; i < count; i++) {
    const bool took_part = i < wanted && groups[i].data() != nullptr;
    spans[2 * i] = took_part ? groups[i].data() - text : -1;
    spans[2 * i + 1] = took_part ? spans[2 * i] + static_cast<long>(groups[i].size()) : -1;
  }
  return true;
}
