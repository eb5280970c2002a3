#include "comparators.h"

#include <hs/hs.h>
#include <re2/re2.h>
#include <re2/set.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

using Clock = std::chrono::steady_clock;

static double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

static re2::RE2::Options options() {
    re2::RE2::Options o;
    o.set_log_errors(false);
    o.set_max_mem(6 << 20);  // what the product gives its set
    return o;
}

extern "C" {

double bench_re2_set(const bench_text *patterns, int pattern_count, const bench_text *lines, int line_count, long *hits) {
    re2::RE2::Set set(options(), re2::RE2::UNANCHORED);
    for (int i = 0; i < pattern_count; i++) set.Add(re2::StringPiece(patterns[i].bytes, patterns[i].length), nullptr);
    set.Compile();
    long found = 0;
    const auto start = Clock::now();
    for (int i = 0; i < line_count; i++) found += set.Match(re2::StringPiece(lines[i].bytes, lines[i].length), nullptr);
    const double taken = seconds_since(start);
    *hits = found;
    return taken;
}

double bench_re2_each(const bench_text *patterns, int pattern_count, const bench_text *lines, int line_count, long *hits) {
    std::vector<std::unique_ptr<re2::RE2>> all;
    for (int i = 0; i < pattern_count; i++) {
        all.push_back(std::make_unique<re2::RE2>(re2::StringPiece(patterns[i].bytes, patterns[i].length), options()));
    }
    long found = 0;
    const auto start = Clock::now();
    for (int i = 0; i < line_count; i++) {
        bool any = false;
        for (const auto &re : all) any |= re2::RE2::PartialMatch(re2::StringPiece(lines[i].bytes, lines[i].length), *re);
        found += any;
    }
    const double taken = seconds_since(start);
    *hits = found;
    return taken;
}

static int on_match(unsigned, unsigned long long, unsigned long long, unsigned, void *context) {
    *static_cast<bool *>(context) = true;
    return 1;
}

double bench_hyperscan(const bench_text *patterns, int pattern_count, const bench_text *lines, int line_count, long *hits, int *refused) {
    std::vector<std::string> known;
    *refused = 0;
    for (int i = 0; i < pattern_count; i++) {
        std::string pattern(patterns[i].bytes, patterns[i].length);
        hs_database_t *single = nullptr;
        hs_compile_error_t *error = nullptr;
        if (hs_compile(pattern.c_str(), HS_FLAG_DOTALL, HS_MODE_BLOCK, nullptr, &single, &error) == HS_SUCCESS) {
            known.push_back(pattern);
            hs_free_database(single);
        } else {
            hs_free_compile_error(error);
            (*refused)++;
        }
    }
    std::vector<const char *> texts;
    for (const auto &pattern : known) texts.push_back(pattern.c_str());
    std::vector<unsigned> flags(known.size(), HS_FLAG_SINGLEMATCH);
    hs_database_t *database = nullptr;
    hs_compile_error_t *error = nullptr;
    if (hs_compile_multi(texts.data(), flags.data(), nullptr, texts.size(), HS_MODE_BLOCK, nullptr, &database, &error) != HS_SUCCESS) {
        hs_free_compile_error(error);
        return -1;
    }
    hs_scratch_t *scratch = nullptr;
    hs_alloc_scratch(database, &scratch);
    long found = 0;
    const auto start = Clock::now();
    for (int i = 0; i < line_count; i++) {
        bool any = false;
        hs_scan(database, lines[i].bytes, lines[i].length, 0, scratch, on_match, &any);
        found += any;
    }
    const double taken = seconds_since(start);
    hs_free_scratch(scratch);
    hs_free_database(database);
    *hits = found;
    return taken;
}
}
