#pragma once

#include <QByteArray>
#include <QtEndian>
#include <cstdint>
#include <functional>

/// Picture files put together byte by byte, so that each can be wrong in exactly one way.
namespace picturebytes {

template <class T>
QByteArray big(T value) {
    QByteArray bytes(sizeof(T), '\0');
    qToBigEndian(value, bytes.data());
    return bytes;
}

template <class T>
QByteArray little(T value) {
    QByteArray bytes(sizeof(T), '\0');
    qToLittleEndian(value, bytes.data());
    return bytes;
}

inline std::uint32_t crc32(const QByteArray& bytes) {
    std::uint32_t crc = ~0U;
    for (const char byte : bytes) {
        crc ^= static_cast<std::uint8_t>(byte);
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320U : 0);
    }
    return ~crc;
}

inline QByteArray zeros(qsizetype count) {
    return QByteArray(count, '\0');
}

inline QByteArray deflated(const QByteArray& bytes) {
    return qCompress(bytes, 9).mid(4);
}

// PNG

inline const QByteArray pngSignature("\x89PNG\r\n\x1A\n", 8);

inline QByteArray pngChunk(const QByteArray& type, const QByteArray& data) {
    return big(static_cast<quint32>(data.size())) + type + data + big(crc32(type + data));
}

inline QByteArray pngHeader(quint32 width, quint32 height, int depth, int colour, bool interlaced = false) {
    return pngSignature + pngChunk("IHDR", big(width) + big(height) + char(depth) + char(colour) + QByteArray(2, '\0') +
                                               char(interlaced));
}

/// @param extra chunks between header and pixels
inline QByteArray png(quint32 width, quint32 height, int depth, int colour, const QByteArray& rows,
                      const QByteArray& extra = {}, bool interlaced = false) {
    return pngHeader(width, height, depth, colour, interlaced) + extra + pngChunk("IDAT", deflated(rows)) +
           pngChunk("IEND", {});
}

/// Gray 8-bit rows of x + 3y, each behind its filter byte; interlaced in the seven passes of Adam7.
inline QByteArray grayRows(int width, int height, bool interlaced = false) {
    constexpr int passes[7][4] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                                  {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
    constexpr int whole[4] = {0, 0, 1, 1};
    QByteArray rows;
    for (int pass = 0; pass < (interlaced ? 7 : 1); ++pass) {
        const int* steps = interlaced ? passes[pass] : whole;
        for (int y = steps[1]; y < height && steps[0] < width; y += steps[3]) {
            rows += '\0';
            for (int x = steps[0]; x < width; x += steps[2]) rows += char(x + 3 * y);
        }
    }
    return rows;
}

// TIFF: little-endian, one directory at byte 8

struct TiffEntry {
    quint16 tag, type;
    quint32 count, value;
};

inline QByteArray tiff(const QList<TiffEntry>& entries, const QByteArray& pixels, quint32 nextDirectory = 0) {
    QByteArray bytes = QByteArray("II*\0", 4) + little(quint32{8}) + little(static_cast<quint16>(entries.size()));
    for (const TiffEntry& entry : entries)
        bytes += little(entry.tag) + little(entry.type) + little(entry.count) + little(entry.value);
    return bytes + little(nextDirectory) + pixels;
}

/// Where the pixels of tiff() begin.
inline quint32 tiffPixels(int entries) {
    return static_cast<quint32>(8 + 2 + 12 * entries + 4);
}

/// All samples in one strip. @param extraEntries tags above 279 in rising order
inline QByteArray plainTiff(quint32 width, quint32 height, quint16 samples, quint16 photometric,
                            const QByteArray& pixels, quint16 bits = 8, const QList<TiffEntry>& extraEntries = {},
                            quint16 orientation = 1) {
    const int count = 10 + static_cast<int>(extraEntries.size());
    QList<TiffEntry> entries{{256, 4, 1, width},       {257, 4, 1, height},
                             {258, 3, 1, bits},        {259, 3, 1, 1},
                             {262, 3, 1, photometric}, {273, 4, 1, tiffPixels(count)},
                             {274, 3, 1, orientation}, {277, 3, 1, samples},
                             {278, 4, 1, height},      {279, 4, 1, static_cast<quint32>(pixels.size())}};
    return tiff(entries + extraEntries, pixels);
}

// BMP

inline QByteArray bmp(qint32 width, qint32 height, quint16 bits, quint32 compression,
                      const QByteArray& paletteAndPixels, quint32 paletteBytes = 0) {
    const quint32 offset = 54 + paletteBytes;
    return "BM" + little(quint32(offset + paletteAndPixels.size())) + little(quint32{0}) + little(offset) +
           little(quint32{40}) + little(width) + little(height) + little(quint16{1}) + little(bits) +
           little(compression) + QByteArray(20, '\0') + paletteAndPixels;
}

// GIF: black and white palette, LZW codes of three bits

inline QByteArray gifHeader(quint16 width, quint16 height) {
    return "GIF89a" + little(width) + little(height) + QByteArray("\x80\0\0", 3) + QByteArray("\0\0\0\xFF\xFF\xFF", 6);
}

inline QByteArray gifFrame(quint16 left, quint16 top, quint16 width, quint16 height, const QByteArray& codes) {
    return "," + little(left) + little(top) + little(width) + little(height) + '\0' + '\2' + char(codes.size()) +
           codes + '\0';
}

// TGA

inline QByteArray tga(int type, quint16 width, quint16 height, int bits, const QByteArray& pixels, int flags = 0x20) {
    return QByteArray(2, '\0') + char(type) + QByteArray(9, '\0') + little(width) + little(height) + char(bits) +
           char(flags) + pixels;
}

}  // namespace picturebytes
