// A C door to RE2: linear-time regular expressions, so no log line can stall a rule.
#ifndef SECLOG_CRE2_H
#define SECLOG_CRE2_H
#include <stdbool.h>
#include <stddef.h>
#ifdef __cplusplus
extern "C" {
#endif

typedef struct cre2_regex cre2_regex;

// Compiles `pattern` (UTF-8, `length` bytes). Memory of the program is bounded by `max_mem` bytes.
// On failure returns NULL and writes a NUL-terminated message of at most `error_size` bytes.
cre2_regex *cre2_new(const char *pattern, size_t length, bool case_insensitive, bool dot_matches_newline,
                     long max_mem, char *error, size_t error_size);
void cre2_free(cre2_regex *regex);

// Number of capturing groups.
int cre2_groups(const cre2_regex *regex);

// Whether the expression occurs anywhere in `text`. Thread-safe.
bool cre2_search(const cre2_regex *regex, const char *text, size_t length);

// As cre2_search, and writes offsets: `spans[2*i]`, `spans[2*i+1]` are the start and end of group i
// (0 = the whole match), or -1 where a group took no part. `count` = how many groups to write.
bool cre2_match(const cre2_regex *regex, const char *text, size_t length, long *spans, int count);

#ifdef __cplusplus
}
#endif
#endif
