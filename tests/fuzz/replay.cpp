// Runs a fuzz target once over every file of the folders it is given: the main()
// of test builds, where a crash that was found once stays a test for ever.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

// NOLINTNEXTLINE(readability-identifier-naming): the name libFuzzer calls
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

// A target may say what its corpus never got to, in words; null: nothing.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" __attribute__((weak)) const char* fuzz_corpus_misses();

int main(int argc, char** argv) {
    int inputs = 0;
    for (const std::string& folder : std::vector<std::string>(argv + 1, argv + argc)) {
        for (const auto& entry : std::filesystem::directory_iterator(folder)) {
            std::ifstream file(entry.path(), std::ios::binary);
            const std::vector<char> bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
            const std::vector<std::uint8_t> input(bytes.begin(), bytes.end());
            LLVMFuzzerTestOneInput(input.data(), input.size());
            ++inputs;
        }
    }
    std::printf("%d inputs\n", inputs);
    const char* missed = fuzz_corpus_misses != nullptr ? fuzz_corpus_misses() : nullptr;
    if (missed != nullptr) std::printf("no input gets to %s\n", missed);
    return inputs > 0 && missed == nullptr ? 0 : 1;
}
