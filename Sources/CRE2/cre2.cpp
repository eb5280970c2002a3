#include "cre2.h"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

struct ke_re2 {
    std::unique_ptr<re2::RE2> re;
};

struct ke_re2_set {
    std::unique_ptr<re2::RE2::Set> set;
};

static re2::RE2::Options options(long long memory_bytes_max) {
    re2::RE2::Options o;
    o.set_log_errors(false);
    o.set_max_mem(memory_bytes_max);
    return o;
}

extern "C" {

ke_re2 *ke_re2_new(const char *pattern, size_t length, long long memory_bytes_max) {
    return new ke_re2{std::make_unique<re2::RE2>(re2::StringPiece(pattern, length), options(memory_bytes_max))};
}

void ke_re2_free(ke_re2 *re) { delete re; }

const char *ke_re2_error(const ke_re2 *re) { return re->re->ok() ? nullptr : re->re->error().c_str(); }

const char *ke_re2_error_fragment(const ke_re2 *re) { return re->re->error_arg().c_str(); }

int ke_re2_group_count(const ke_re2 *re) { return re->re->NumberOfCapturingGroups(); }

const char *ke_re2_group_name(const ke_re2 *re, int group) {
    const auto &names = re->re->CapturingGroupNames();
    const auto found = names.find(group);
    return found == names.end() ? nullptr : found->second.c_str();
}

bool ke_re2_search(const ke_re2 *re, const char *text, size_t length, size_t start, ke_re2_slice *slices, int groups) {
    constexpr int inline_max = 16;
    re2::StringPiece fixed[inline_max];
    std::vector<re2::StringPiece> more;
    re2::StringPiece *found = fixed;
    if (groups > inline_max) {
        more.resize(groups);
        found = more.data();
    }
    if (!re->re->Match(re2::StringPiece(text, length), start, length, re2::RE2::UNANCHORED, found, groups)) return false;
    for (int i = 0; i < groups; i++) slices[i] = {found[i].data(), found[i].size()};
    return true;
}

ke_re2_set *ke_re2_set_new(long long memory_bytes_max) {
    return new ke_re2_set{std::make_unique<re2::RE2::Set>(options(memory_bytes_max), re2::RE2::UNANCHORED)};
}

void ke_re2_set_free(ke_re2_set *set) { delete set; }

int ke_re2_set_add(ke_re2_set *set, const char *pattern, size_t length) {
    return set->set->Add(re2::StringPiece(pattern, length), nullptr);
}

bool ke_re2_set_compile(ke_re2_set *set) { return set->set->Compile(); }

int ke_re2_set_any(const ke_re2_set *set, const char *text, size_t length) {
    re2::RE2::Set::ErrorInfo info;
    if (set->set->Match(re2::StringPiece(text, length), nullptr, &info)) return 1;
    return info.kind == re2::RE2::Set::kNoError ? 0 : -1;
}

int ke_re2_set_match(const ke_re2_set *set, const char *text, size_t length, int *indices, int capacity) {
    re2::RE2::Set::ErrorInfo info;
    std::vector<int> found;
    if (!set->set->Match(re2::StringPiece(text, length), &found, &info)) {
        return info.kind == re2::RE2::Set::kNoError ? 0 : -1;
    }
    std::sort(found.begin(), found.end());
    const int kept = std::min<int>(capacity, static_cast<int>(found.size()));
    std::copy_n(found.begin(), kept, indices);
    return static_cast<int>(found.size());
}
}
