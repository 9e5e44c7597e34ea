// Runs a fuzz target without libFuzzer: every file of its corpus, then seeded mutations of them. With clang, the
// preset `fuzz` builds the real thing.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size);

using Bytes = std::vector<std::uint8_t>;

static void mutate(Bytes &bytes, std::mt19937 &random)
{
    const auto below = [&](std::size_t n) { return n == 0 ? 0 : random() % n; };
    for (std::size_t changes = 1 + below(8); changes > 0; --changes) {
        const std::size_t at = below(bytes.size());
        switch (below(4)) {
        case 0:
            if (!bytes.empty())
                bytes[at] = static_cast<std::uint8_t>(random());
            break;
        case 1:
            bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), static_cast<std::uint8_t>(random()));
            break;
        case 2:
            if (!bytes.empty())
                bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(at));
            break;
        default: bytes.resize(at);
        }
    }
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        std::fputs("usage: replay CORPUS\n", stderr);
        return 2;
    }
    constexpr int mutationsPerFile = 3000;
    std::vector<std::filesystem::path> files;
    for (const auto &entry : std::filesystem::directory_iterator(argv[1]))
        files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    std::mt19937 random(20261121);
    for (const auto &file : files) {
        std::ifstream in(file, std::ios::binary);
        const Bytes seed{std::istreambuf_iterator<char>(in), {}};
        (void)LLVMFuzzerTestOneInput(seed.data(), seed.size());
        for (int i = 0; i < mutationsPerFile; ++i) {
            Bytes bytes = seed;
            mutate(bytes, random);
            (void)LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
        }
    }
    std::printf("%zu files, %d mutations each\n", files.size(), mutationsPerFile);
    return files.empty() ? 1 : 0;
}
