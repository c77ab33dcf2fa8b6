"""Words that stand in names, and words of English and Malay that are also names."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Between the parts of one name.
KINSHIP = _words("""
bin binti bte bt ibni anak ak al ap so do van der de
""")
TITLES = _words("""
mr mrs ms mdm miss sir dr prof ir ts encik en puan pn cik tuan hj haji hjh hajah ustaz ustazah
cikgu datuk dato datin tengku tunku raja kak kakak abang abg bang pakcik makcik uncle aunty auntie
boss bos
""")
# Parts so many people share that alone they name nobody.
SHARED = _words("""
muhammad muhamad mohammad mohamad mohamed mohammed mohd muhd ahmad ahmed abdul abdullah nurul noor
siti syed sharifah wan nik megat puteri putri binte singh kaur devi
""")
# Parts of names, or what a name field may hold instead, that alone name nobody either.
COMMON = _words("""
abadi abang able about above account ada adab adat adik adil adinda admin administrator after
again agama agung ahad ajaib akal akar akhir akhlak akrab alam alim alir also alun always amal
aman amanah amat amber ambil among ampun anak aneh angel anggun angin angkasa antara apa april
arah arif asal asas asli asmara assistant atas atau august autumn awal awan awas away ayah ayu
back badan bagai bagus bahagia bahasa bahru baik bakat baker bakti baldu bandar bangga bangsa
bangun bantu banyak bapa barat baru basic batu bayang bayu beban been before belia benar berani
beras berita berkat berlian bersih besar besi best bestari better betul biasa bidang bijak
bijaksana bilal bill bintang biru black blue bold boleh book both bring brook brown budaya budi
budiman bukan bukit bulan bumi bunga busy cahaya call came candy cantik carol cashier cemerlang
cempaka cendana cepat cerah cerdas ceria chair chance chase check cherry chief cinta cita city
clay clean cleaner clear clerk close coach cole come comel contractor cook cool coral could
counter cross crystal cuma customer dahlia daily daisy dalam dale damai dana dapat darah dari data
datang date dawn daya dean dear delima demi dengan desa desk dewan dewi diamond director diri doa
does done double down drew driver dunia each early earn east easy edar ehsan ekspres elok emas
embun empat engineer esok even ever every executive faham faith fajar fakir fasih feri fikir
finance fine first fish five flora foreman forest found four fox frank free friday from full gagah
gain gay gaya gembira gemilang gene general gift give glad glen glory gold good grace grand grant
gray great green grey ground group grow guard guest gunung guru guy habib hadiah hakim halal halim
halus hamba hampir hand happy harapan hard hardy hari harmoni harmony harta harum hasil hati hatta
have hazel head heart heather heaven hebat hemah hendak hero hidayah hidup hijau hikmah hilang
hill hitam holly home honest honey hope house hujan human hunter ibu idea ihsan ikan ikhlas ilham
ilmu imam iman impian indah indera inilah insaf insan intan intern into iris iron isnin istana
istimewa itu ivory izin jack jade jadi jaguh jalan jambu janda january jasa jasmine jati jauh jaya
jean jelas jelita jewel jihad jiwa join joker jolly joy juara jujur july jumaat june juruteknik
jurutera just juta kacak kadar kadir kakitangan kala kalam kali kami kampung kapal karim karya
kasih kasturi kata kaya kebun kecil keen keep kekal kelana keluarga kemas kembang kemuning kencana
kerana kerani keras keris kerja kesuma ketua khamis khas khidmat kilat kind king kita knight know
kota kuala kuasa kuat kuning lain laju lama lambat lane langit large last late laut lawa lead
leader lean leave lebih left lela lembut lestari lily line little live logistics long look lord
lot love loyal lucky lurah lurus made madu mahir mahkota main maju maka make makmur malam malang
maling manager manis many march mark marketing marshal masa masih mason master masuk mata matang
match mawar maybe megah mekar melati melur memang menang menteri merah mercy merdeka merdu mereka
merry mesra mesti might mill miller mine minta mohon monday month moon more most much muda mudah
mukmin mula mulia mungkin murah murni murung musim must mutiara nabi name nasi nasib nasihat need
negara negeri nenek never news next nice night nilai nilam noble none north note nova number nusa
nyaman nyata office officer olive ombak once only opal open operator orang orkid other over owner
padang padi page paling pandai panglima part pasar pasti patience patut payah peace pearl pegawai
pekan pekerja pelangi pelatih pelita pemandu pembantu pemuda pengarah pengurus penyelia perak
perdana pergi permai permata person pertama perwira pesona pink pintar place plan plant plus point
pokok pondok poor porter power present price pride prime prince princess print production promise
proud prudence puja pujangga pula pulau punca puncak pusat putih quick quiet rahmat rahsia rain
rainbow rajin rakan rakyat ramah ramai rank rasa rata rather ratna ratu raya ready real
receptionist redha regal rela rendah resources rezeki riang rich right rindu ringan rise river
robin rock rose ruby rukun rule rumah rupa sabar sabtu sage sahabat sahaja saint salah salam saleh
sales salju sama same samudera sand sangat sani santun satu saturday savvy sayang scarlet second
secretary security sedar sedia segar sehat sejahtera sejati selamat selasa selasih selatan self
semua senang seni senior senja sentosa seri serikandi seroja service setia seven shade sharp shell
shift short show siaga sihat silver simple sinar since skip smart smile smith snow soft some song
sonny soon sopan south spring staff star start station stay steel still stone stor storm strong
subur such suci sudah suka sukacita sukma summer sunday sungai sunny supervisor support sure suri
suria surya susah sweet syarikat syukur tabah tahu tahun take taman tani tanjung tapi team
technician technology tekun teliti tell teman temporary tenang tender tengah tepat terang teratai
teruna test tetap than thank that their them then there these they thing think this three thursday
tiada tiga time timur tinggi tiram today together tokoh topaz total town train trainee true trust
tua tuesday tugas tuhan tukang tulus turn turun twin udara ulama umat umum under unggul unit unity
until untuk upon usaha user usual utama utara vacant vale valley very victor victory violet wade
wadi wait waja wajar waktu walk wall wangi want ward warehouse warga warm warna warni warta water
wawasan week well were west what when where which while white whole wibawa will willow wind winner
winter wira wirawan wise with wolf wonder wood work worker worth would wujud yakin yang year young
your youth zaman
""")
