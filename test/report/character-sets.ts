/** A name and a text in one Specific Character Set (PS3.3 C.12.1.1.2), in characters and in bytes. */
export type EncodedText = {
  readonly label: string
  readonly terms: string
  readonly name: string
  readonly text: string
  readonly nameBytes: Uint8Array
  readonly textBytes: Uint8Array
}

const row = (
  label: string,
  terms: string,
  name: string,
  text: string,
  nameHex: string,
  textHex: string,
): EncodedText => ({
  ...{ label, terms, name, text },
  nameBytes: Uint8Array.from(Buffer.from(nameHex, 'hex')),
  textBytes: Uint8Array.from(Buffer.from(textHex, 'hex')),
})

/** Encoded by pydicom, ISO 2022 IR 58 by hand after PS3.5 Annex K. */
export const CHARACTER_SETS: readonly EncodedText[] = [
  row(
    'Latin-1',
    'ISO_IR 100',
    'Müller^Jörg',
    'Thorax à la lumière',
    '4dfc6c6c65725e4af67267',
    '54686f72617820e0206c61206c756d69e87265',
  ),
  row(
    'Latin-2',
    'ISO_IR 101',
    'Dvořák^Šárka',
    'Hrudník vleže',
    '44766ff8e16b5ea9e1726b61',
    '487275646eed6b20766c65be65',
  ),
  row('Latin-5, Turkish', 'ISO_IR 148', 'Çağlar^İsmail', 'Göğüs ön', 'c761f06c61725edd736d61696c', '47f6f0fc7320f66e'),
  row('Cyrillic', 'ISO_IR 144', 'Иванов^Пётр', 'Рентген груди', 'b8d2d0ddded25ebff1e2e0', 'c0d5dde2d3d5dd20d3e0e3d4d8'),
  row('Greek', 'ISO_IR 126', 'Διονύσιος^Άννα', 'Θώρακας', 'c4e9efedfdf3e9eff25eb6edede1', 'c8fef1e1eae1f2'),
  row('Arabic', 'ISO_IR 127', 'قباني^لنزار', 'صدر', 'e2c8c7e6ea5ee4e6d2c7d1', 'd5cfd1'),
  row('Hebrew', 'ISO_IR 138', 'שרון^דבורה', 'חזה', 'f9f8e5ef5ee3e1e5f8e4', 'e7e6e4'),
  row('Thai', 'ISO_IR 166', 'ใจดี^สมชาย', 'ทรวงอก', 'e3a8b4d55ecac1aad2c2', 'b7c3c7a7cda1'),
  row(
    'Japanese, ISO 2022 IR 87',
    '\\ISO 2022 IR 87',
    'Yamada^Tarou=山田^太郎=やまだ^たろう',
    '胸部正面',
    '59616d6164615e5461726f753d1b24423b3345441b28425e1b244242404f3a1b28423d1b24422464245e24401b28425e1b2442243f246d24261b2842',
    '1b2442363b497440354c4c1b2842',
  ),
  row(
    'Japanese, ISO 2022 IR 13 and 87',
    'ISO 2022 IR 13\\ISO 2022 IR 87',
    'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう',
    '胸部ﾚﾝﾄｹﾞﾝ',
    'd4cfc0de5ec0dbb33d1b24423b3345441b284a5e1b244242404f3a1b284a3d1b24422464245e24401b284a5e1b2442243f246d24261b284a',
    '1b2442363b49741b2949daddc4b9dedd',
  ),
  row(
    'Japanese, ISO 2022 IR 87 and 159',
    '\\ISO 2022 IR 87\\ISO 2022 IR 159',
    'Okada^Tarou=岡田^丂',
    '胸部丂',
    '4f6b6164615e5461726f753d1b2442322c45441b28425e1b24284430211b2842',
    '1b2442363b49741b24284430211b2842',
  ),
  row(
    'Korean, ISO 2022 IR 149',
    '\\ISO 2022 IR 149',
    'Hong^Gildong=洪^吉洞=홍^길동',
    '흉부 정면',
    '486f6e675e47696c646f6e673d1b242943fbf35e1b242943d1ced4d73d1b242943c8ab5e1b242943b1e6b5bf',
    '1b242943c8e4bace20c1a4b8e9',
  ),
  row(
    'Chinese, ISO 2022 IR 58',
    '\\ISO 2022 IR 58',
    'Zhang^XiaoDong=张^小东',
    '胸部正位',
    '5a68616e675e5869616f446f6e673d1b242941d5c55e1b242941d0a1b6ab',
    '1b242941d0d8b2bfd5fdcebb',
  ),
  row(
    'Chinese, GB18030',
    'GB18030',
    'Wang^XiaoDong=王^小东',
    '胸部正位㐀',
    '57616e675e5869616f446f6e673dcdf55ed0a1b6ab',
    'd0d8b2bfd5fdcebb8139ee39',
  ),
  row(
    'Chinese, GBK',
    'GBK',
    'Wang^XiaoDong=王^小東',
    '胸部正位',
    '57616e675e5869616f446f6e673dcdf55ed0a1967c',
    'd0d8b2bfd5fdcebb',
  ),
  row(
    'UTF-8',
    'ISO_IR 192',
    'Wang^XiaoDong=王^小東',
    '胸部 Müller Ж',
    '57616e675e5869616f446f6e673de78e8b5ee5b08fe69db1',
    'e883b8e983a8204dc3bc6c6c657220d096',
  ),
  row(
    'Latin-1 and Cyrillic, ISO 2022',
    'ISO 2022 IR 100\\ISO 2022 IR 144',
    'Müller^Пётр',
    'Größe Груди',
    '4dfc6c6c65725e1b2d4cbff1e2e0',
    '1b2d414772f6df65201b2d4cb3e0e3d4d8',
  ),
]
